// The record's `id`: the same for the same fact however often and wherever it is seen. bounce-journal(5), "Identity".

import Crypto
import MailSyntax
import Vocabulary

/// What makes one fact, in the order in which it is hashed. Length-prefixed parts: no two lists of parts give the same bytes.
struct FactIdentity {
    /// What the failed message is known by, the first of these that is known.
    enum Anchor {
        /// The queue ID under which the MTA that speaks had the message: its log and its DSN both name it.
        case queueID(Bytes)
        /// The Message-ID of the message that was returned or complained about.
        case messageID(Bytes)
        /// The Message-ID of the report itself.
        case reportID(Bytes)
        /// The report's text, for reports with no Message-ID.
        case body(Bytes)
    }

    var event: Event
    var recipient: String
    /// The same as `recipient` where the report gives no other.
    var finalRecipient: String
    var anchor: Anchor
    /// For a deferral, which may come many times: the attempt's time in a form that all sightings share. Empty for what can
    /// happen only once.
    var attempt: Bytes = []

    /// 32 lower-case hexadecimal digits: the first 128 bits of SHA-256 over the parts.
    ///
    /// Neither the status nor the text is a part: a recipient of a message fails once, and the log and the DSN word it differently.
    /// Nor is the MTA's name: the log has it short, the DSN whole.
    var id: String {
        var hash = SHA256()
        func add(_ part: some Sequence<UInt8>) {
            let bytes = Array(part)
            withUnsafeBytes(of: UInt32(clamping: bytes.count).bigEndian) { hash.update(bufferPointer: $0) }
            bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        }
        add("1".utf8)
        add(event.rawValue.utf8)
        add(recipient.utf8)
        add(finalRecipient.utf8)
        switch anchor {
        case .queueID(let queueID):
            add("queue-id".utf8)
            add(queueID)
        case .messageID(let messageID):
            add("message-id".utf8)
            add(messageID)
        case .reportID(let messageID):
            add("report-id".utf8)
            add(messageID)
        case .body(let text):
            // Line ends are an mbox's or an SMTP client's, no part of the fact; nor are empty lines at the end.
            add("body".utf8)
            add(text.filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") })
        }
        add(attempt)
        let digits = Array("0123456789abcdef".utf8)
        var hex: [UInt8] = []
        for byte in hash.finalize().prefix(16) {
            hex.append(digits[Int(byte >> 4)])
            hex.append(digits[Int(byte & 15)])
        }
        return String(decoding: hex, as: UTF8.self)
    }
}
