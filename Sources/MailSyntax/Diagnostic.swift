// The text of a reply in the form that the journal keeps (bounce-journal(5), `diagnostic`).

package enum Diagnostic {
    /// Characters, as the journal counts them: Unicode scalars.
    package static let limitCharacters = 2_000

    /// The text on one line: folds and runs of white space are one space, control characters are gone, what is not
    /// UTF-8 is U+FFFD; at most `limitCharacters`. The same slice where it is so already.
    package static func normalize(_ bytes: Bytes) -> Bytes {
        let text = bytes.trimmed
        if text.count <= limitCharacters, isPlain(text) { return text }
        // Four bytes a character at most; what is white space or control before the limit may make the text shorter
        // than it could be.
        let window = text.prefix(limitCharacters * 8)
        return cut(collapsed(UTF8Repair.repaired(window)))
    }

    /// Whether the text is printable ASCII with single spaces. Looks at all of the text, whatever it finds, and so at many bytes
    /// at once.
    package static func isPlain(_ text: Bytes) -> Bool {
        text.withUnsafeBufferPointer { bytes in
            var odd: UInt8 = 0
            for byte in bytes { odd |= byte &- 0x20 >= 0x5F ? 1 : 0 }
            for index in 0..<max(bytes.count - 1, 0) { odd |= bytes[index] | bytes[index + 1] == 0x20 ? 1 : 0 }
            return odd == 0
        }
    }

    private static func collapsed(_ text: Bytes) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var index = text.startIndex
        var isSpacePending = false
        while index < text.endIndex {
            let byte = text[index]
            if byte < 0x80 {
                index += 1
                if byte.isLinearWhitespace || byte == 0x0B || byte == 0x0C {
                    isSpacePending = !output.isEmpty
                } else if byte >= 0x20, byte != 0x7F {
                    if isSpacePending { output.append(0x20) }
                    isSpacePending = false
                    output.append(byte)
                }
                continue
            }
            let length = max(UTF8Repair.characterLength(text, at: index), 1)
            let character = text[index..<(index + length)]
            index += length
            if isSpace(character) {
                isSpacePending = !output.isEmpty
            } else if !isControl(character) {
                if isSpacePending { output.append(0x20) }
                isSpacePending = false
                output += character
            }
        }
        return output
    }

    /// No-break space (C2 A0), which some programs fold with.
    private static func isSpace(_ character: Bytes) -> Bool { character.first == 0xC2 && character.last == 0xA0 }

    /// C1: U+0080 to U+009F.
    private static func isControl(_ character: Bytes) -> Bool {
        guard let first = character.first, let last = character.last else { return false }
        return first == 0xC2 && last < 0xA0
    }

    /// The first `limitCharacters` characters.
    private static func cut(_ text: [UInt8]) -> Bytes {
        guard text.count > limitCharacters else { return text[...] }
        var characters = 0
        for index in text.indices where text[index] & 0xC0 != 0x80 {
            if characters == limitCharacters { return text[..<index].trimmed }
            characters += 1
        }
        return text[...]
    }
}
