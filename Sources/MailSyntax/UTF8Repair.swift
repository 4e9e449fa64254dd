// RFC 3629: whether bytes are UTF-8, and making them so.

enum UTF8Repair {
    /// The index of the first byte of 0x80 or more, from `start` on where that is given.
    static func firstNonASCII(in text: Bytes, from start: Int? = nil) -> Int? {
        text.withUnsafeBytes { bytes in
            var offset = start.map { $0 - text.startIndex } ?? 0
            while offset + 64 <= bytes.count {
                let words =
                    bytes.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self)
                    | bytes.loadUnaligned(fromByteOffset: offset + 32, as: SIMD4<UInt64>.self)
                if (words[0] | words[1] | words[2] | words[3]) & 0x8080_8080_8080_8080 != 0 { break }
                offset += 64
            }
            while offset + 8 <= bytes.count {
                if bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 { break }
                offset += 8
            }
            while offset < bytes.count, bytes[offset] < 0x80 { offset += 1 }
            return offset < bytes.count ? text.startIndex + offset : nil
        }
    }

    /// The index of the first byte that is not part of a well-formed character.
    static func firstDefect(in text: Bytes) -> Int? {
        var next = firstNonASCII(in: text)
        while var index = next {
            while index < text.endIndex, text[index] >= 0x80 {
                let length = characterLength(text, at: index)
                guard length > 0 else { return index }
                index += length
            }
            next = firstNonASCII(in: text, from: index)
        }
        return nil
    }

    /// The text with U+FFFD for each byte that is not part of a well-formed character.
    static func repaired(_ text: Bytes) -> Bytes {
        guard let defect = firstDefect(in: text) else { return text }
        var repaired = Array(text[..<defect])
        var index = defect
        while index < text.endIndex {
            let length = characterLength(text, at: index)
            if length > 0 {
                repaired += text[index..<(index + length)]
                index += length
            } else {
                repaired += Charset.replacement
                index += 1
            }
        }
        return repaired[...]
    }

    /// The bytes of the character at `index`, 1 to 4; 0 where there is no well-formed one (RFC 3629, 4).
    static func characterLength(_ text: Bytes, at index: Int) -> Int {
        let first = text[index]
        if first < 0x80 { return 1 }
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return 0
        }
        guard index + length <= text.endIndex, second.contains(text[index + 1]) else { return 0 }
        for offset in 2..<max(length, 2) where text[index + offset] & 0xC0 != 0x80 { return 0 }
        return length
    }
}
