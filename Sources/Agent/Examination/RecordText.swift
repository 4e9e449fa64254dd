// Bytes of a message made into strings of a record: one line, no control characters, bounded, so that a line of the journal keeps
// under its 64 KiB whatever the message holds.

import MailSyntax

enum RecordLimit {
    /// An address longer than this is none (RFC 5321 allows 320; Exchange's encapsulated ones are longer).
    static let addressBytes = 1_024
    /// Host names, IDs, dates.
    static let wordCharacters = 255
    static let subjectCharacters = 500
}

extension Bytes {
    /// The text on one line, cut after so many characters; nil where nothing is left of it.
    func recordText(limitCharacters: Int = RecordLimit.wordCharacters) -> String? {
        Diagnostic.normalize(self).normalizedText(limitCharacters: limitCharacters)
    }

    /// As `recordText`, of what `Diagnostic.normalize` gave, which is UTF-8.
    func normalizedText(limitCharacters: Int) -> String? {
        guard !isEmpty else { return nil }
        guard count > limitCharacters else { return text }
        var characters = 0
        let end = firstIndex { byte in
            if byte & 0xC0 != 0x80 { characters += 1 }
            return characters > limitCharacters
        }
        return self[..<(end ?? endIndex)].text
    }

    /// An address as a record names it; nil where it is none that mail could be sent to.
    var recordAddress: String? {
        guard count <= RecordLimit.addressBytes else { return nil }
        return recordText(limitCharacters: RecordLimit.addressBytes)
    }
}
