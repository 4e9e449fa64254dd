// The record's `id`: the same for the same fact however often and wherever it is seen. bounce-journal(5), "Identity".

import Crypto
import MailSyntax
import Vocabulary

/// What the failed message is known by: the first of these that is known.
enum FactAnchor {
    /// The queue ID under which the MTA that speaks had the message: its log and its DSN both name it.
    case queueID(Bytes)
    /// The Message-ID of the message that was returned or complained about.
    case messageID(Bytes)
    /// The Message-ID of the report itself.
    case reportID(Bytes)
    /// The report's text, for reports with no Message-ID.
    case body(Bytes)
    /// A session in which a recipient was refused: its time, client and sender.
    case refusal(Bytes)

    /// SHA-256 over its kind and value; computed once for a message, however many recipients it names.
    var digest: SHA256Digest {
        switch self {
        case .queueID(let queueID): Self.digest("queue-id", queueID)
        case .messageID(let messageID): Self.digest("message-id", messageID)
        case .reportID(let messageID): Self.digest("report-id", messageID)
        case .refusal(let session): Self.digest("refusal", session)
        // Line ends are an mbox's or an SMTP client's, no part of the fact; nor are empty lines at the end.
        case .body(let text):
            Self.digest("body", Bytes(text.filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }))
        }
    }

    private static func digest(_ kind: String, _ value: Bytes) -> SHA256Digest {
        var hash = FactHash()
        hash.add(kind.utf8.span.bytes)
        hash.add(value.span.bytes)
        return hash.digest()
    }
}

/// What makes one fact, in the order in which it is hashed.
struct FactIdentity {
    var event: Event
    var recipient: Bytes
    /// The same as `recipient` where the report gives no other.
    var finalRecipient: Bytes
    /// Of a `FactAnchor`.
    var anchor: SHA256Digest
    /// For a deferral, which may come many times: the attempt's time as the report or the log line writes it. Empty for what can
    /// happen only once.
    var attempt: Bytes = []

    /// 32 lower-case hexadecimal digits: the first 128 bits of SHA-256 over the parts.
    ///
    /// Neither the status nor the text is a part: a recipient of a message fails once, and the log and the DSN word it differently.
    /// Nor is the MTA's name: the log has it short, the DSN whole.
    var id: String {
        let (version, event) = ("1", event.rawValue)
        var hash = FactHash()
        hash.add(version.utf8.span.bytes)
        hash.add(event.utf8.span.bytes)
        hash.add(recipient.span.bytes)
        hash.add(finalRecipient.span.bytes)
        anchor.withUnsafeBytes { hash.add($0.bytes) }
        hash.add(attempt.span.bytes)
        let digest = hash.digest()
        return digest.withUnsafeBytes { digest in
            String(unsafeUninitializedCapacity: 32) { hex in
                for index in 0..<16 {
                    hex[2 * index] = Self.digit(digest[index] >> 4)
                    hex[2 * index + 1] = Self.digit(digest[index] & 15)
                }
                return 32
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

/// Hashes parts with their lengths before them (32 bits, most significant byte first), so that no two lists of parts give the same
/// bytes.
private struct FactHash: ~Copyable {
    private var hash = SHA256()
    /// Of the parts so far what is not yet hashed: a fact's fit, all together.
    private var gathered = InlineArray<256, UInt8>(repeating: 0)
    private var count = 0

    mutating func add(_ part: RawSpan) {
        withUnsafeBytes(of: UInt32(clamping: part.byteCount).bigEndian) { gather($0) }
        part.withUnsafeBytes { gather($0) }
    }

    consuming func digest() -> SHA256Digest {
        hashGathered()
        return hash.finalize()
    }

    private mutating func gather(_ bytes: UnsafeRawBufferPointer) {
        if bytes.count > gathered.count - count { hashGathered() }
        guard bytes.count <= gathered.count else { return hash.update(bufferPointer: bytes) }
        var room = gathered.mutableSpan
        room.withUnsafeMutableBytes { room in
            UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: bytes)
        }
        count += bytes.count
    }

    private mutating func hashGathered() {
        gathered.span.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        count = 0
    }
}
