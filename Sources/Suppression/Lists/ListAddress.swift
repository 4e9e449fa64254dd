// An address as a person or a mail service writes it into a list.

import MailSyntax

/// Reads a field.
package enum ListAddress {
    /// RFC 5321, 4.5.3.1.3: a path has 256 octets with its brackets.
    private static let limitBytes = 254

    /// The address with its domain in lower case: bare, in angle brackets, or behind `mailto:`. Nil for anything that is not one
    /// address and nothing else.
    package static func parse(_ field: String) -> String? {
        var text = Bytes(utf8: field).trimmed
        if let rest = text.dropping(prefix: "mailto:") { text = rest }
        guard let address = MailAddress.parse(text), address.count <= limitBytes,
            let local = MailAddress.localPart(of: address), let domain = MailAddress.domain(of: address),
            !local.isEmpty, domain.contains(UInt8(ascii: ".")), !address.contains(where: { $0 <= 0x20 || $0 == 0x7F })
        else { return nil }
        if text.first == UInt8(ascii: "<"), text.last == UInt8(ascii: ">") { text = text.dropFirst().dropLast() }
        // A field that holds more than the address is no address of a list.
        return text.equals(address) || text.last == UInt8(ascii: ">") ? address.text : nil
    }
}
