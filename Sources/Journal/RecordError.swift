// What is wrong with a line of the journal.

/// Why a line is no record.
package enum RecordError: Error, Hashable, Sendable {
    /// Not JSON, or not of the form of a record; the offset is the byte of the line where that shows.
    case syntax(offset: Int)
    /// A member is missing, there twice, or has a value that it cannot have.
    case member(String)
    /// A member has a word that is none of this program's, in a line whose checksum is right: a later version wrote it.
    case word(String)
    /// The line's `crc` is not that of its bytes.
    case checksum
    /// A later version of the format than this program knows.
    case version(Int)
    case tooLong
}

extension RecordError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .syntax(let offset): "not JSON at byte \(offset)"
        case .member(let name): "\"\(name)\" is missing, there twice or has no such value"
        case .word(let name): "\"\(name)\" has a word that this program does not know"
        case .checksum: "checksum does not match"
        case .version(let version): "format version \(version) is not known"
        case .tooLong: "longer than \(Record.lineLimitBytes) bytes"
        }
    }

    /// Whether the line is whole, and a newer program wrote it than this one.
    package var isFromNewerProgram: Bool {
        switch self {
        case .version(let version): version > 1
        case .word: true
        case .syntax, .member, .checksum, .tooLong: false
        }
    }
}
