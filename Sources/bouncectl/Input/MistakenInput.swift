// A file that was given in place of another: told by its first line, with the command that reads it.

import DeliveryLog
import MailSyntax
import Suppression

/// What a first line shows a file to be.
enum MistakenInput {
    case message, journal, log, list, database

    /// Nil for what is no file or cannot be read, too.
    init?(ofFile path: String) {
        guard (try? PathKind(path)) == .file, let start = try? Descriptor.start(of: path, limitBytes: 1_000) else {
            return nil
        }
        self.init(firstLine: start[...])
    }

    /// Nil for what is none of these.
    init?(firstLine: Bytes) {
        let line = firstLine.prefix { $0 != UInt8(ascii: "\n") }
        if line.hasPrefix("From ") || Self.isHeaderField(line) {
            self = .message
        } else if line.hasPrefix(#"{"v":1,"seq":"#) {
            self = .journal
        } else if DeliveryLogLine.isLogLine(line) {
            self = .log
        } else if line.hasPrefix("SQLite format 3\0") {
            self = .database
        } else if Self.isHeaderOfList(line) {
            self = .list
        } else {
            return nil
        }
    }

    /// `Received: …`: letters, digits and hyphens, a colon, a space (RFC 5322, 3.6.8, without the names that nobody gives).
    private static func isHeaderField(_ line: Bytes) -> Bool {
        let name = line.prefix { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
        return !name.isEmpty && line[name.endIndex...].hasPrefix(": ")
    }

    /// `email,reason`.
    private static func isHeaderOfList(_ line: Bytes) -> Bool {
        let names = line.split { [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")].contains($0) }
        return ListColumns(header: names.map(\.text)) != nil
    }

    func advice(_ path: String) -> String {
        switch self {
        case .message: "\(path): this is mail: read it with \"bouncectl classify\""
        case .journal: "\(path): this is a bounce journal: read it with \"bouncectl tail\""
        case .log: "\(path): this is an MTA's log: read it with \"bouncectl classify --log\""
        case .list: "\(path): this is a list of addresses: read it with \"bouncectl store import\" or \"store filter\""
        case .database: "\(path): this is an SQLite database, as a store is: ask it with \"bouncectl check\""
        }
    }
}
