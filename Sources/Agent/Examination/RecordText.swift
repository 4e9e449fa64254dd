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
        isEmpty ? nil : prefix(characters: limitCharacters).text
    }

    /// An address as a record names it, in UTF-8; nil where it is none that mail could be sent to.
    var recordAddress: Bytes? {
        guard count <= RecordLimit.addressBytes else { return nil }
        let address = Diagnostic.normalize(self)
        return address.isEmpty ? nil : address.prefix(characters: RecordLimit.addressBytes)
    }

    /// Of UTF-8.
    private func prefix(characters limit: Int) -> Bytes {
        guard count > limit else { return self }
        var characters = 0
        let end = firstIndex { byte in
            if byte & 0xC0 != 0x80 { characters += 1 }
            return characters > limit
        }
        return self[..<(end ?? endIndex)]
    }
}
