// A host that the sender's own MTA looked up in vain. It need not be the recipient's: the name of a relay may be misspelt, and then all
// recipients fail by it.

import MailSyntax

enum MissingHost {
    /// Whether the words name a host that was not found, and that is not the recipient's domain. Below it, it may be a mail server of the
    /// domain's, or a relay of this site's own.
    static func isAnother(than domain: Bytes?, in text: Bytes) -> Bool {
        guard let domain, let found = name(in: text), domain.allSatisfy({ $0 < 0x80 }) else { return false }
        let name = found.last == UInt8(ascii: ".") ? found.dropLast() : found
        return !name.equals(domain)
    }

    /// In the words of Postfix's smtp(8) and of Sendmail.
    private static func name(in text: Bytes) -> Bytes? {
        if let tail = text.dropping(prefix: "host or domain name not found. name service error for name=") {
            return tail.prefix { $0 != UInt8(ascii: " ") }
        }
        let name =
            text.dropping(prefix: "unable to look up host ")
            ?? words(text).dropping(prefix: "host unknown (name server: ")
        return name?.prefix { $0 != UInt8(ascii: ":") }
    }

    /// Without the address in `<a@b>... Host unknown`.
    private static func words(_ text: Bytes) -> Bytes {
        guard text.first == UInt8(ascii: "<"), let range = text.firstRange(of: ">... ") else { return text }
        return text[range.upperBound...]
    }
}
