// What can be told of a line without reading all of it: its checksum at the end, its number at the beginning.

import Glibc

/// The end of a line, `,"crc":"xxxxxxxx"}`.
struct Seal {
    static let count = 18
    let checksum: UInt32

    init?(_ line: UnsafeRawBufferPointer) {
        guard line.count >= Seal.count else { return nil }
        let end = UnsafeRawBufferPointer(rebasing: line[(line.count - Seal.count)...])
        guard UnsafeRawBufferPointer(rebasing: end[..<8]).equals(#","crc":""#),
            UnsafeRawBufferPointer(rebasing: end[16...]).equals(#""}"#)
        else { return nil }
        var value: UInt32 = 0
        for digit in end[8..<16] {
            guard let nibble = hexadecimalValue(digit), !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains(digit) else {
                return nil
            }
            value = value << 4 | UInt32(nibble)
        }
        checksum = value
    }

    func isValid(of line: UnsafeRawBufferPointer) -> Bool {
        CRC32C.checksum(UnsafeRawBufferPointer(rebasing: line[..<(line.count - Seal.count)])) == checksum
    }
}

/// The number of a line that has the writer's own form, read without the rest: nil where it has not.
func leadingSeq(of line: UnsafeRawBufferPointer) -> UInt64? {
    let start: StaticString = #"{"v":1,"seq":"#
    let prefix = UnsafeRawBufferPointer(rebasing: line.prefix(start.utf8CodeUnitCount))
    guard prefix.equals(start) else { return nil }
    var cursor = JSONCursor(UnsafeRawBufferPointer(rebasing: line[start.utf8CodeUnitCount...]))
    guard let seq = try? cursor.unsigned(), cursor.offset < cursor.bytes.count,
        cursor.bytes[cursor.offset] == UInt8(ascii: ",")
    else { return nil }
    return seq
}

extension UnsafeRawBufferPointer {
    func equals(_ word: StaticString) -> Bool {
        guard let baseAddress else { return word.utf8CodeUnitCount == 0 }
        return count == word.utf8CodeUnitCount && memcmp(baseAddress, word.utf8Start, count) == 0
    }
}
