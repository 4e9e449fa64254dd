// A Received field (RFC 5321, 4.4), as far as it tells under which queue ID a host had the message.

import MailSyntax

/// The host that wrote it, and its name for the message.
struct ReceivedField {
    private var host: Bytes?
    private var identifier: Bytes?

    /// Sendmail: `from a (b [192.0.2.1]) by mx.example.com (8.17.1/8.17.1) with ESMTP id 6AL4kHlX030313 for <c@d>; date`.
    ///
    /// - Parameter value: May hold folds.
    init(_ value: Bytes) {
        var depth = 0
        var index = value.startIndex
        var clause = index..<index
        while true {
            while index < value.endIndex, Self.isBlank(value[index]) { index += 1 }
            guard index < value.endIndex else { return }
            let start = index
            let isOutside = depth == 0 && value[start] != UInt8(ascii: "(")
            var semicolon: Int?
            while index < value.endIndex, !Self.isBlank(value[index]) {
                switch value[index] {
                case UInt8(ascii: "("): depth += 1
                case UInt8(ascii: ")"): depth = max(depth - 1, 0)
                case UInt8(ascii: ";"): semicolon = semicolon ?? index
                default: break
                }
                index += 1
            }
            guard isOutside else { continue }
            if host == nil, value.equals("by", at: clause) { host = value[start..<index] }
            if identifier == nil, value.equals("id", at: clause) { identifier = value[start..<(semicolon ?? index)] }
            if semicolon != nil { return }
            clause = start..<index
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte <= 0x20 && (byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D)
    }

    /// The queue ID, where this host wrote the field; nil for any other host.
    func queueID(at host: Bytes?) -> Bytes? {
        guard let host, !host.isEmpty, let writer = self.host, let identifier, !identifier.isEmpty else { return nil }
        return writer.equals(host) ? identifier : nil
    }
}
