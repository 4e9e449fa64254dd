// Lines of a file, in constant memory whatever the file holds.

import Glibc
import MailSyntax

/// Reads a file line by line.
struct LineReader: ~Copyable {
    /// A line or a piece of one that is longer than the buffer.
    struct Piece {
        /// With its line feed, where it has one.
        let bytes: Bytes
        let startsLine: Bool
        var endsLine: Bool { bytes.last == UInt8(ascii: "\n") }
    }

    static let bufferBytes = 64 << 10

    private let descriptor: Descriptor
    /// Called before each read, which may have to wait: what was answered so far should be out by then.
    private let beforeReading: () -> Void
    private var buffer: [UInt8]
    private var position: Int
    private var isAtLineStart = true
    private var isAtEnd = false
    /// Bytes read so far.
    private(set) var bytesRead = 0

    /// `room` may come from the reader of another file, whose lines are done with.
    init(
        _ descriptor: consuming Descriptor, room: consuming [UInt8] = [], beforeReading: @escaping () -> Void = {}
    ) {
        self.descriptor = descriptor
        position = room.count
        buffer = consume room
        self.beforeReading = beforeReading
    }

    /// Whether what comes next begins with `word` (shorter than the buffer).
    mutating func isNext(_ word: StaticString) throws(InputError) -> Bool {
        while buffer.count - position < word.utf8CodeUnitCount, try fill() {}
        return buffer[position...].hasPrefix(word)
    }

    /// The next line or piece of a line; nil at the end.
    mutating func nextPiece() throws(InputError) -> Piece? {
        var searched = 0
        while true {
            if let end = endOfLine(from: position + searched) { return take(upTo: end) }
            searched = buffer.count - position
            if searched >= Self.bufferBytes { return take(upTo: buffer.count) }
            guard try fill() else { return searched > 0 ? take(upTo: buffer.count) : nil }
        }
    }

    /// The next line without its end; what is over `limitBytes` is left out, and `isCut` says so. nil at the end.
    mutating func nextLine(limitBytes: Int) throws(InputError) -> (line: Bytes, isCut: Bool)? {
        guard var piece = try nextPiece() else { return nil }
        var line = piece.bytes
        var isCut = false
        while !piece.endsLine, let next = try nextPiece() {
            piece = next
            // Its end alone may come behind the limit.
            if line.count <= limitBytes + 1 { line += piece.bytes } else { isCut = true }
        }
        // `removeLast` would copy the line away from the buffer.
        if line.last == UInt8(ascii: "\n") { line = line.dropLast() }
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        return (line.prefix(limitBytes), isCut || line.count > limitBytes)
    }

    /// All that is left, up to `limitBytes`, and how many bytes were there.
    mutating func rest(limitBytes: Int) throws(InputError) -> (bytes: [UInt8], total: Int) {
        // A small file is in the buffer by now; another read tells that it is whole.
        if position == 0, buffer.count < Self.bufferBytes { _ = try fill() }
        if isAtEnd, position == 0, buffer.count <= limitBytes { return (buffer, buffer.count) }
        var whole: [UInt8] = []
        whole.reserveCapacity(min(descriptor.sizeHintBytes, limitBytes))
        var total = 0
        repeat {
            let piece = buffer[position...]
            total += piece.count
            whole += piece.prefix(limitBytes - whole.count)
            position = buffer.count
        } while try fill()
        return (whole, total)
    }

    /// Memory for the next reader.
    consuming func room() -> [UInt8] { buffer }

    private func endOfLine(from start: Int) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard start < bytes.count, let base = bytes.baseAddress,
                let found = memchr(base + start, 0x0A, bytes.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - base + 1
        }
    }

    private mutating func take(upTo end: Int) -> Piece {
        let piece = Piece(bytes: buffer[position..<end], startsLine: isAtLineStart)
        position = end
        isAtLineStart = piece.endsLine
        return piece
    }

    /// Reads more behind what is not yet taken; false at the end.
    private mutating func fill() throws(InputError) -> Bool {
        guard !isAtEnd else { return false }
        beforeReading()
        buffer.removeFirst(position)
        position = 0
        let left = buffer.count
        try buffer.append(addingCapacity: Self.bufferBytes) { (output) throws(InputError) in
            try descriptor.read(into: &output)
        }
        let count = buffer.count - left
        bytesRead += count
        isAtEnd = count == 0
        return count > 0
    }
}
