// A file that was given in place of another: told by its first bytes, with what to do with it.

import DeliveryLog
import MailSyntax
import Suppression

/// What a file's first bytes show it to be.
enum MistakenInput: Equatable {
    case compressed(Compression)
    case archive, message, journal, log, list, database

    /// How many bytes are looked at.
    private static let startBytes = 1_000
    private static let columnNameLimitBytes = 64

    /// Nil for what is no file or cannot be read, too.
    init?(ofFile path: String) {
        guard (try? PathKind(path)) == .file,
            let start = try? Descriptor.start(of: path, limitBytes: Self.startBytes)
        else { return nil }
        self.init(start: start[...])
    }

    /// Nil for what is none of these.
    init?(start: Bytes) {
        let start = start.prefix(Self.startBytes)
        if start.hasPrefix("From ") || Self.isHeaderField(start) {
            self = .message
            return
        }
        let line = start.prefix { $0 != UInt8(ascii: "\n") }
        if let compression = Compression(of: start) {
            self = .compressed(compression)
        } else if Self.isArchive(start) {
            self = .archive
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

    /// The magic of tar(5), behind the first member's name, mode, owner, size, time, checksum, kind and link.
    private static func isArchive(_ start: Bytes) -> Bool { start.dropFirst(257).hasPrefix("ustar") }

    /// `Received: …`: letters, digits and hyphens, a colon, a space (RFC 5322, 3.6.8, without the names that nobody gives).
    private static func isHeaderField(_ start: Bytes) -> Bool {
        let name = start.prefix { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
        return !name.isEmpty && start[name.endIndex...].hasPrefix(": ")
    }

    /// `email,reason`. No long name is that of a column of addresses.
    private static func isHeaderOfList(_ line: Bytes) -> Bool {
        let names = line.split { [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")].contains($0) }
        return ListColumns(header: names.filter { $0.count <= columnNameLimitBytes }.map(\.text)) != nil
    }

    /// What to do instead of reading the file; `then` with what was unpacked of a compressed one.
    func advice(_ path: String, then: String = "give - for standard input") -> String {
        switch self {
        case .compressed(let compression):
            "\(path): compressed by \(compression.rawValue): unpack it, as with \(compression.program), and \(then)"
        case .archive: "\(path): this is an archive of files: unpack it with tar, and name the folder that it makes"
        case .message: "\(path): this is mail: read it with \"bouncectl classify\""
        case .journal: "\(path): this is a bounce journal: read it with \"bouncectl tail\""
        case .log: "\(path): this is an MTA's log: read it with \"bouncectl classify --log\""
        case .list: "\(path): this is a list of addresses: read it with \"bouncectl store import\" or \"store filter\""
        case .database: "\(path): this is an SQLite database, as a store is: ask it with \"bouncectl check\""
        }
    }
}
