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

    /// Whether the text is printable ASCII with single spaces.
    package static func isPlain(_ text: Bytes) -> Bool { text.span.isPrintableLine }

    /// The top bit of each of eight bytes that is a space; nil where one is not printable ASCII. What is added carries into no other byte.
    @inline(__always)
    private static func spacesOfPlain(_ bytes: UInt64) -> UInt64? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops = ones &* 0x80
        guard bytes & tops == 0, (bytes &+ ones &* 0x60) & tops == tops, (bytes &+ ones) & tops == 0 else { return nil }
        return ~(bytes &+ ones &* 0x5F) & tops
    }

    /// Of well-formed UTF-8. Never longer than the text is.
    private static func collapsed(_ text: Bytes) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: text.count) { output, count in
            let room = UnsafeMutableRawBufferPointer(output)
            var index = text.startIndex
            var isSpacePending = false
            func appendPendingSpace() {
                guard isSpacePending else { return }
                output[count] = 0x20
                count += 1
                isSpacePending = false
            }
            while index < text.endIndex {
                // Eight bytes that stay as they are; a space at their end waits for what follows.
                if let eight = text.eightBytes(at: index), let spaces = spacesOfPlain(eight),
                    spaces & (spaces &<< 8 | 0x80) == 0
                {
                    appendPendingSpace()
                    room.storeBytes(of: eight.littleEndian, toByteOffset: count, as: UInt64.self)
                    isSpacePending = spaces &>> 63 != 0
                    count += isSpacePending ? 7 : 8
                    index += 8
                    continue
                }
                let byte = text[index]
                if byte < 0x80 {
                    index += 1
                    if byte > 0x20, byte != 0x7F {
                        appendPendingSpace()
                        output[count] = byte
                        count += 1
                    } else if byte == 0x20 || (0x09...0x0D).contains(byte) {
                        isSpacePending = count > 0
                    }
                    continue
                }
                let end = min(index + UTF8Repair.lengthToldBy(byte), text.endIndex)
                // U+0080 to U+009F are control characters; some programs fold with U+00A0, a no-break space.
                if byte == 0xC2, text[end - 1] <= 0xA0 {
                    if text[end - 1] == 0xA0 { isSpacePending = count > 0 }
                } else {
                    appendPendingSpace()
                    for place in index..<end {
                        output[count] = text[place]
                        count += 1
                    }
                }
                index = end
            }
        }
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

extension ArraySlice<UInt8> {
    /// Eight bytes from `index` on, the first the lowest; nil where there are fewer.
    @inline(__always)
    fileprivate func eightBytes(at index: Int) -> UInt64? {
        guard endIndex - index >= 8 else { return nil }
        return withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: index - startIndex, as: UInt64.self))
        }
    }
}
