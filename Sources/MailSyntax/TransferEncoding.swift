// RFC 2045, 6: base64 and quoted-printable, read forgivingly.

package enum TransferEncoding: Sendable, Hashable {
    /// 7bit, 8bit, binary, none and unknown ones.
    case identity
    case base64, quotedPrintable

    /// From the value of Content-Transfer-Encoding at a place.
    init(in bytes: Span<UInt8>, _ value: Range<Int>) {
        var cursor = ParameterCursor(value)
        if cursor.consume(UInt8(ascii: "\""), in: bytes) { cursor.skipSpace(in: bytes) }
        let name = bytes.extracting(cursor.token(in: bytes))
        self = name.equals("base64") ? .base64 : name.equals("quoted-printable") ? .quotedPrintable : .identity
    }

    /// The decoded bytes, at most `limitBytes`; the same slice for `.identity`.
    package func decode(_ encoded: Bytes, limitBytes: Int) -> Bytes {
        switch self {
        case .identity: encoded
        case .base64: Self.decodeBase64(encoded, limitBytes: limitBytes)
        case .quotedPrintable: Self.decodeQuotedPrintable(encoded, limitBytes: limitBytes)
        }
    }

    /// Passes over what is no base64; padding ends a group and not the text, since some programs join encoded pieces.
    static func decodeBase64(_ encoded: Bytes, limitBytes: Int) -> Bytes {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(min(encoded.count / 4 * 3 + 3, max(limitBytes, 0)))
        var group: UInt32 = 0
        var bits = 0
        for byte in encoded {
            guard decoded.count < limitBytes else { break }
            if byte == UInt8(ascii: "=") {
                bits = 0
                continue
            }
            guard let value = base64Value(byte) else { continue }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                decoded.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        return decoded[...]
    }

    private static func base64Value(_ byte: UInt8) -> UInt8? {
        let letter = (byte | 0x20) &- 0x61
        if letter < 26 { return byte < 0x61 ? letter : letter + 26 }
        if byte.isASCIIDigit { return byte + 4 }
        if byte == UInt8(ascii: "+") { return 62 }
        return byte == UInt8(ascii: "/") ? 63 : nil
    }

    /// `=` before anything but two hexadecimal digits or a line end stands for itself. White space at the end of a line
    /// goes only before a soft line break.
    static func decodeQuotedPrintable(_ encoded: Bytes, limitBytes: Int) -> Bytes {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(min(encoded.count, max(limitBytes, 0)))
        var index = encoded.startIndex
        while index < encoded.endIndex, decoded.count < limitBytes {
            let plain = encoded[index..<(encoded[index...].firstIndex(ofByte: UInt8(ascii: "=")) ?? encoded.endIndex)]
                .prefix(limitBytes - decoded.count)
            decoded += plain
            index = plain.endIndex
            guard index < encoded.endIndex, decoded.count < limitBytes else { break }
            index += 1
            if index + 1 < encoded.endIndex, let high = encoded[index].hexadecimalValue,
                let low = encoded[index + 1].hexadecimalValue
            {
                decoded.append(high << 4 | low)
                index += 2
            } else if let next = softBreak(encoded, at: index) {
                index = next
            } else {
                decoded.append(UInt8(ascii: "="))
            }
        }
        return decoded[...]
    }

    private static func softBreak(_ encoded: Bytes, at start: Int) -> Int? {
        var index = start
        while index < encoded.endIndex, encoded[index].isBlank { index += 1 }
        guard index < encoded.endIndex else { return index }
        if encoded[index] == 0x0A { return index + 1 }
        guard encoded[index] == 0x0D else { return nil }
        index += 1
        // CR CR LF is one line end, as in `LineCursor`.
        if index + 1 < encoded.endIndex, encoded[index] == 0x0D, encoded[index + 1] == 0x0A { index += 1 }
        return index < encoded.endIndex && encoded[index] == 0x0A ? index + 1 : index
    }
}
