// A file that was given in place of another: told by its first line, with the command that reads it.

import DeliveryLog
import MailSyntax

/// What a first line shows a file to be.
enum MistakenInput {
    case message, journal, log

    /// Nil for what is none of these.
    init?(firstLine: Bytes) {
        let line = firstLine.prefix { $0 != UInt8(ascii: "\n") }
        if line.hasPrefix("From ") || Self.isHeaderField(line) {
            self = .message
        } else if line.hasPrefix(#"{"v":1,"seq":"#) {
            self = .journal
        } else if DeliveryLogLine.isLogLine(line) {
            self = .log
        } else {
            return nil
        }
    }

    /// `Received: …`: letters, digits and hyphens, a colon, a space (RFC 5322, 3.6.8, without the names that nobody gives).
    private static func isHeaderField(_ line: Bytes) -> Bool {
        let name = line.prefix { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
        return !name.isEmpty && line[name.endIndex...].hasPrefix(": ")
    }

    func advice(_ path: String) -> String {
        switch self {
        case .message: "\(path): this is mail: read it with \"bouncectl classify\""
        case .journal: "\(path): this is a bounce journal: read it with \"bouncectl tail\""
        case .log: "\(path): this is an MTA's log: read it with \"bouncectl classify --log\""
        }
    }
}
