// RFC 4648, 6, in lower case and without padding: it survives programs that change the case of an address.

import MailSyntax

enum Base32 {
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    /// Eight characters for five bytes.
    /// - Precondition: The number of bytes is a multiple of five.
    static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        precondition(bytes.count % 5 == 0)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count / 5 * 8)
        var bits: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            bits = bits << 8 | UInt64(byte)
            guard index % 5 == 4 else { continue }
            for place in stride(from: 35, through: 0, by: -5) { text.append(alphabet[Int(bits >> UInt64(place) & 31)]) }
            bits = 0
        }
        return text
    }

    /// The bytes of eight characters each; nil where the text is none of this encoding. Upper case is taken, too.
    static func decode(_ text: Bytes) -> [UInt8]? {
        guard text.count % 8 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 8 * 5)
        var bits: UInt64 = 0
        for (index, character) in text.enumerated() {
            guard let value = value(character) else { return nil }
            bits = bits << 5 | value
            guard index % 8 == 7 else { continue }
            for place in stride(from: 32, through: 0, by: -8) { bytes.append(UInt8(bits >> UInt64(place) & 255)) }
            bits = 0
        }
        return bytes
    }

    /// A number in so many characters, the last ones of it; and back.
    static func encode(number: Int, characters: Int) -> [UInt8] {
        (0..<characters).reversed().map { alphabet[(number >> ($0 * 5)) & 31] }
    }

    static func decodeNumber(_ text: Bytes) -> Int? {
        var number = 0
        for character in text.prefix(8) {
            guard let value = value(character) else { return nil }
            number = number << 5 | Int(value)
        }
        return number
    }

    private static func value(_ character: UInt8) -> UInt64? {
        switch character.asciiLowercased {
        case let letter where letter &- 0x61 < 26: UInt64(letter - 0x61)
        case let digit where digit &- 0x32 < 6: UInt64(digit - 0x32 + 26)
        default: nil
        }
    }
}
