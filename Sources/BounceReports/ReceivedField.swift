// A Received field (RFC 5321, 4.4), as far as it tells under which queue ID a host had the message.

import MailSyntax

/// The host that wrote it, and its name for the message.
struct ReceivedField {
    private var host: Bytes?
    private var identifier: Bytes?

    /// Sendmail: `from a (b [192.0.2.1]) by mx.example.com (8.17.1/8.17.1) with ESMTP id 6AL4kHlX030313 for <c@d>; date`.
    ///
    /// - Parameter value: On one line.
    init(_ value: Bytes) {
        var depth = 0
        var rest = value
        var clause: Bytes = []
        while let start = rest.firstIndex(where: { $0 != 0x20 && $0 != 9 }) {
            let word = rest[start...].prefix { $0 != 0x20 && $0 != 9 }
            rest = rest[word.endIndex...]
            let isOutside = depth == 0 && word.first != UInt8(ascii: "(")
            for byte in word {
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")"), depth > 0 { depth -= 1 }
            }
            guard isOutside else { continue }
            if clause.equals("by"), host == nil { host = word }
            if clause.equals("id"), identifier == nil { identifier = word.prefix { $0 != UInt8(ascii: ";") } }
            if word.contains(UInt8(ascii: ";")) { return }
            clause = word
        }
    }

    /// The queue ID, where this host wrote the field; nil for any other host.
    func queueID(at host: Bytes?) -> Bytes? {
        guard let host, !host.isEmpty, let writer = self.host, let identifier, !identifier.isEmpty else { return nil }
        return writer.lowercased() == host.lowercased() ? identifier : nil
    }
}
