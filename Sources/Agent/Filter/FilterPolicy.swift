// All that a reload replaces at once: a message is treated by one policy from MAIL to its end.

final class FilterPolicy: Sendable {
    let configuration: Configuration
    let attention: Attention
    let examiner: Examiner

    init(_ configuration: Configuration, _ examiner: Examiner) {
        self.configuration = configuration
        attention = Attention(configuration)
        self.examiner = examiner
    }
}
