// mbox (RFC 4155, and mboxrd's quoting): messages one by one, in memory for one.

import MailSyntax

/// One message out of a file.
struct MessageInput {
    let path: String
    /// Counts from 0 in its file.
    let index: Int
    let bytes: [UInt8]
    /// How many bytes the file has for it; more than `bytes` where it was cut.
    let totalBytes: Int
    /// The sender in the `From ` line before it, as that writes it; nil where there was none.
    var separatorSender: Bytes?
}

/// Takes an mbox apart. A message begins at the file's start, and after a blank line, with a `From ` line that has a time of day in
/// it; a body line that was quoted as `>From ` gets its `>` taken off.
struct MboxReader: ~Copyable {
    private var lines: LineReader
    private let path: String
    private let limitBytes: Int
    private var index = 0
    /// The `From ` line of the next message was read.
    private var isInMessage = false
    /// Out of it.
    private var sender: Bytes = []

    /// `limitBytes`: what is kept of one message.
    init(_ lines: consuming LineReader, path: String, limitBytes: Int) {
        self.lines = lines
        self.path = path
        self.limitBytes = limitBytes
    }

    mutating func next() throws(InputError) -> MessageInput? {
        if !isInMessage {
            guard index == 0 else { return nil }
            try skipFirstLine()
        }
        let sender = sender
        var bytes: [UInt8] = []
        var total = 0
        var afterBlankLine = false
        isInMessage = false
        while let piece = try lines.nextPiece() {
            var line = piece.bytes
            if piece.startsLine {
                if afterBlankLine, Self.isSeparator(line) {
                    isInMessage = true
                    self.sender = Self.sender(line)
                    if !piece.endsLine { try skipLine() }
                    break
                }
                afterBlankLine = line.trimmed.isEmpty
                if Self.isQuoted(line) { line.removeFirst() }
            }
            total += line.count
            bytes += line.prefix(max(0, limitBytes - bytes.count))
        }
        defer { index += 1 }
        return MessageInput(path: path, index: index, bytes: bytes, totalBytes: total, separatorSender: sender)
    }

    private mutating func skipFirstLine() throws(InputError) {
        guard let piece = try lines.nextPiece() else { return }
        sender = Self.sender(piece.bytes)
        if !piece.endsLine { try skipLine() }
    }

    private static func sender(_ line: Bytes) -> Bytes {
        line.dropFirst(5).drop { $0 == UInt8(ascii: " ") }.prefix { $0 > UInt8(ascii: " ") }
    }

    private mutating func skipLine() throws(InputError) {
        while let piece = try lines.nextPiece(), !piece.endsLine {}
    }

    /// `From sender Sat Nov 21 04:12:43 2026`.
    private static func isSeparator(_ line: Bytes) -> Bool {
        guard line.hasPrefix("From ") else { return false }
        let colon = UInt8(ascii: ":")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let bytes = line.prefix(1_000)
        return bytes.indices.dropFirst().dropLast().contains { i in
            bytes[i] == colon && digits.contains(bytes[i - 1]) && digits.contains(bytes[i + 1])
        }
    }

    /// `>From `, `>>From `, …
    private static func isQuoted(_ line: Bytes) -> Bool {
        guard line.first == UInt8(ascii: ">") else { return false }
        return line.drop { $0 == UInt8(ascii: ">") }.hasPrefix("From ")
    }
}
