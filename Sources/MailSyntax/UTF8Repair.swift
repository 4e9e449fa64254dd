// RFC 3629: whether bytes are UTF-8, and making them so.

enum UTF8Repair {
    /// The offset of the first byte of 0x80 or more, from `start` on.
    static func firstNonASCII(in text: Span<UInt8>, from start: Int = 0) -> Int? {
        text.withUnsafeBytes { bytes in
            var offset = start
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
            return offset < bytes.count ? offset : nil
        }
    }

    /// The offset of the first byte that is not part of a well-formed character.
    static func firstDefect(in text: Span<UInt8>) -> Int? {
        var next = firstNonASCII(in: text)
        while var offset = next {
            while offset < text.count, text[offset] >= 0x80 {
                let length = characterLength(text, at: offset)
                guard length > 0 else { return offset }
                offset += length
            }
            next = firstNonASCII(in: text, from: offset)
        }
        return nil
    }

    /// The text with U+FFFD for each byte that is not part of a well-formed character.
    static func repaired(_ text: Bytes) -> Bytes {
        let bytes = text.span
        guard let defect = firstDefect(in: bytes) else { return text }
        var repaired = Array(text.prefix(defect))
        var offset = defect
        while offset < bytes.count {
            let length = characterLength(bytes, at: offset)
            if length > 0 {
                for place in offset..<(offset + length) { repaired.append(bytes[place]) }
                offset += length
            } else {
                repaired += Charset.replacement
                offset += 1
            }
        }
        return repaired[...]
    }

    /// The bytes of the character at an offset, 1 to 4; 0 where there is no well-formed one (RFC 3629, 4).
    @inline(__always)
    static func characterLength(_ text: Span<UInt8>, at offset: Int) -> Int {
        let first = text[offset]
        if first < 0x80 { return 1 }
        let length = lengthToldBy(first)
        guard length > 1, first <= 0xF4, first >= 0xC2, offset + length <= text.count else { return 0 }
        for place in (offset + 1)..<(offset + length) where text[place] & 0xC0 != 0x80 { return 0 }
        let second = text[offset + 1]
        switch first {
        case 0xE0: return second >= 0xA0 ? length : 0
        case 0xED: return second <= 0x9F ? length : 0
        case 0xF0: return second >= 0x90 ? length : 0
        case 0xF4: return second <= 0x8F ? length : 0
        default: return length
        }
    }

    /// The bytes of a well-formed character that begins with the byte, which is 0x80 or more.
    @inline(__always)
    static func lengthToldBy(_ first: UInt8) -> Int { (~first).leadingZeroBitCount }
}
