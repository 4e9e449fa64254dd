// The lines of one open file, in order, through a bounded buffer.

import Glibc

/// Used by one thread at a time.
final class LineScanner {
    enum Step {
        /// A line without its `\n`, valid until the next call, and where it begins in the file.
        case line(UnsafeRawBufferPointer, offset: Int)
        /// A line over the limit was passed over.
        case tooLong(offset: Int, bytes: Int)
        /// The file ends here for now; so many bytes have no `\n` yet. A later call goes on where the file has grown.
        case end(unfinished: Int)
    }

    /// At least two of the longest lines.
    private static let bufferBytes = 4 * Record.lineLimitBytes

    let descriptor: SystemCalls.FileDescriptor
    private let buffer: UnsafeMutableRawBufferPointer
    /// The bytes of the buffer that are not yet handed out, and the first of them that was not yet looked at.
    private var filled = 0..<0
    private var searchedTo = 0
    /// Where `filled` begins in the file.
    private(set) var offset: Int
    /// Where the line began that is being passed over, if one is.
    private var tooLongOffset: Int?

    init(_ descriptor: SystemCalls.FileDescriptor, at offset: Int = 0) {
        self.descriptor = descriptor
        self.offset = offset
        buffer = .allocate(byteCount: LineScanner.bufferBytes, alignment: 16)
    }

    deinit { buffer.deallocate() }

    /// Goes back to an offset that begins a line.
    func seek(to offset: Int) {
        self.offset = offset
        filled = 0..<0
        searchedTo = 0
        tooLongOffset = nil
    }

    func next() throws(SystemFailure) -> Step {
        while true {
            if let end = lineEnd() {
                let line = UnsafeRawBufferPointer(rebasing: buffer[filled.lowerBound..<end])
                let start = offset
                consume(to: end + 1)
                if let first = tooLongOffset {
                    tooLongOffset = nil
                    return .tooLong(offset: first, bytes: offset - first)
                }
                if line.count >= Record.lineLimitBytes { return .tooLong(offset: start, bytes: line.count + 1) }
                return .line(line, offset: start)
            }
            if filled.count > Record.lineLimitBytes || tooLongOffset != nil {
                if tooLongOffset == nil { tooLongOffset = offset }
                consume(to: filled.upperBound)
            }
            if try !fill() {
                let unfinished = offset + filled.count - (tooLongOffset ?? offset)
                // The writer may take back a line that it has begun, and put another in its place: it is read anew.
                filled = 0..<0
                searchedTo = 0
                return .end(unfinished: unfinished)
            }
        }
    }

    private func lineEnd() -> Int? {
        guard searchedTo < filled.upperBound, let start = buffer.baseAddress,
            let found = memchr(start + searchedTo, CInt(UInt8(ascii: "\n")), filled.upperBound - searchedTo)
        else {
            searchedTo = filled.upperBound
            return nil
        }
        return found - start
    }

    private func consume(to end: Int) {
        offset += end - filled.lowerBound
        filled = end..<filled.upperBound
        searchedTo = end
    }

    /// Reads on; false at the end of the file.
    private func fill() throws(SystemFailure) -> Bool {
        let kept = filled.count
        if kept > 0, filled.lowerBound > 0, let start = buffer.baseAddress {
            memmove(start, start + filled.lowerBound, kept)
        }
        filled = 0..<kept
        searchedTo = kept
        let count = try descriptor.read(into: .init(rebasing: buffer[kept...]), at: offset + kept)
        filled = 0..<kept + count
        return count > 0
    }
}
