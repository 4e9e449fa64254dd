// The message as it is put together again from the milter's events, up to the configured limits.

import MailSyntax
import Milter

struct MessageBuffer {
    private(set) var bytes: [UInt8] = []
    private let limitBytes: Int
    private let limitHeaderBytes: Int
    private var fieldsLeftOut = 0
    private(set) var hasHeader = false
    private var isBodyCut = false

    /// What a connection keeps allocated from one message to the next.
    private static let keptBytes = 32 << 10

    init(limitBytes: Int, limitHeaderBytes: Int) {
        self.limitBytes = limitBytes
        self.limitHeaderBytes = limitHeaderBytes
    }

    /// For the next message, with its own limits.
    mutating func reset(limitBytes: Int, limitHeaderBytes: Int) {
        var bytes = bytes
        self = MessageBuffer(limitBytes: limitBytes, limitHeaderBytes: limitHeaderBytes)
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptBytes)
        self.bytes = bytes
    }

    /// A field that does not fit is left out whole; a later, shorter one may still fit.
    mutating func addField(name: Span<UInt8>, value: Span<UInt8>) {
        guard name.count + value.count + 4 <= limitHeaderBytes - bytes.count else {
            fieldsLeftOut += 1
            return
        }
        bytes.append(contentsOf: name)
        bytes.append(UInt8(ascii: ":"))
        // An MTA that cannot keep the white space behind the colon has taken one space away.
        if value.isEmpty || (value[0] != UInt8(ascii: " ") && value[0] != UInt8(ascii: "\t")) {
            bytes.append(UInt8(ascii: " "))
        }
        bytes.append(contentsOf: value)
        bytes += [0x0D, 0x0A]
    }

    /// Once for a message; then it does nothing.
    mutating func endHeader() {
        guard !hasHeader else { return }
        hasHeader = true
        bytes += [0x0D, 0x0A]
    }

    /// False where the limit is reached: what follows is not kept.
    mutating func addBody(_ chunk: Span<UInt8>) -> Bool {
        let room = max(limitBytes - bytes.count, 0)
        if chunk.count <= room {
            bytes.append(contentsOf: chunk)
            return true
        }
        bytes.append(contentsOf: chunk.extracting(0..<room))
        isBodyCut = true
        return false
    }

    /// What was not kept, for the log.
    var cuts: [String] {
        var cuts: [String] = []
        if fieldsLeftOut > 0 { cuts.append("\(fieldsLeftOut) header fields over max_header_bytes") }
        if isBodyCut { cuts.append("body over max_message_bytes") }
        return cuts
    }
}
