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
        var parts = FactParts()
        switch self {
        case .queueID(let queueID):
            parts.add("queue-id")
            parts.add(queueID)
        case .messageID(let messageID):
            parts.add("message-id")
            parts.add(messageID)
        case .reportID(let messageID):
            parts.add("report-id")
            parts.add(messageID)
        case .refusal(let session):
            parts.add("refusal")
            parts.add(session)
        case .body(let text):
            // Line ends are an mbox's or an SMTP client's, no part of the fact; nor are empty lines at the end.
            parts.add("body")
            parts.add(Bytes(text.filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }))
        }
        return parts.digest
    }
}

/// What makes one fact, in the order in which it is hashed.
struct FactIdentity {
    var event: Event
    var recipient: String
    /// The same as `recipient` where the report gives no other.
    var finalRecipient: String
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
        var parts = FactParts()
        parts.add("1")
        parts.add(event.rawValue)
        parts.add(recipient)
        parts.add(finalRecipient)
        parts.add(anchor)
        parts.add(attempt)
        return parts.digest.withUnsafeBytes { digest in
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
private struct FactParts {
    private var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(256) }

    mutating func add(_ part: String) { part.utf8.span.withUnsafeBytes { add($0) } }

    mutating func add(_ part: Bytes) { part.withUnsafeBytes { add($0) } }

    mutating func add(_ part: SHA256Digest) { part.withUnsafeBytes { add($0) } }

    private mutating func add(_ part: UnsafeRawBufferPointer) {
        withUnsafeBytes(of: UInt32(clamping: part.count).bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: part)
    }

    var digest: SHA256Digest {
        bytes.withUnsafeBytes { bytes in
            var hash = SHA256()
            hash.update(bufferPointer: bytes)
            return hash.finalize()
        }
    }
}
