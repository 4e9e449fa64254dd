// The end of a file: its last whole record, looked for from the end, and what lies behind it.

import Glibc

/// A record that was found in a file by its line.
struct FoundRecord: Hashable {
    var seq: UInt64
    var crc: UInt32
    /// Of its line, with the `\n`.
    var range: Range<Int>
    var timeMilliseconds: Int64

    /// Nil unless the line, without its `\n`, is a whole and undamaged record.
    init?(_ line: UnsafeRawBufferPointer, at offset: Int) {
        guard let seal = Seal(line), let (seq, record) = try? Record.decode(line) else { return nil }
        self.seq = seq
        crc = seal.checksum
        range = offset..<offset + line.count + 1
        timeMilliseconds = record.timeMilliseconds
    }
}

extension SystemCalls.FileDescriptor {
    /// The last undamaged record in the first `size` bytes, or nil where there is none.
    func lastRecord(size: Int) throws(SystemFailure) -> FoundRecord? {
        // Windows that overlap by the longest line, so that each line lies whole in one.
        let windowBytes = 4 * Record.lineLimitBytes
        let window = UnsafeMutableRawBufferPointer.allocate(byteCount: windowBytes, alignment: 16)
        defer { window.deallocate() }
        var end = size
        while end > 0 {
            let start = max(0, end - windowBytes)
            let count = try read(into: .init(rebasing: window[..<(end - start)]), at: start)
            if let found = lastRecord(in: .init(rebasing: window[..<count]), at: start) { return found }
            if start == 0 { break }
            end = start + Record.lineLimitBytes
        }
        return nil
    }

    private func lastRecord(in bytes: UnsafeRawBufferPointer, at offset: Int) -> FoundRecord? {
        var lineEnd = bytes.lastIndex(of: UInt8(ascii: "\n"))
        while let end = lineEnd {
            let before = bytes[..<end].lastIndex(of: UInt8(ascii: "\n"))
            let start = before.map { $0 + 1 } ?? 0
            // A line that begins before the window has no record's form here; the next window holds it whole.
            if let found = FoundRecord(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), at: offset + start) {
                return found
            }
            lineEnd = before
        }
        return nil
    }

    /// The first undamaged record, or nil where there is none.
    func firstRecord() throws(SystemFailure) -> FoundRecord? {
        let scanner = LineScanner(self)
        while true {
            switch try scanner.next() {
            case .line(let line, let offset):
                if let found = FoundRecord(line, at: offset) { return found }
            case .tooLong: continue
            case .end: return nil
            }
        }
    }
}
