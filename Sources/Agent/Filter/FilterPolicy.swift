// All that a reload replaces at once: a message is treated by one policy from MAIL to its end.

import Logging

final class FilterPolicy: Sendable {
    let configuration: Configuration
    let attention: Attention
    let examiner: Examiner
    let logger: Logger

    /// The logger's level becomes the configuration's.
    init(_ configuration: Configuration, _ examiner: Examiner, _ logger: Logger) {
        self.configuration = configuration
        attention = Attention(configuration)
        self.examiner = examiner
        var logger = logger
        logger.logLevel = configuration.logLevel.level
        self.logger = logger
    }
}
