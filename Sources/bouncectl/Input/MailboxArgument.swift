// An address or a domain as a person gives it on the command line.

import ArgumentParser
import MailSyntax

/// The one mailbox, bare, in `a@b`, `<a@b>` or `Name <a@b>`, malformed as the journal may have it (`a@b'`). Throws `ValidationError` where
/// there is none, or more than one.
func mailbox(_ argument: String) throws -> String {
    let bytes = Bytes(utf8: argument)
    guard MailAddress.list(in: bytes).count == 1, let address = MailAddress.forwardPath(bytes)?.text else {
        throw ValidationError("write local@domain; several addresses are words of their own")
    }
    return address
}

/// The domain in lower case. Throws `ValidationError` for anything else.
func domain(_ argument: String) throws -> String {
    if argument.contains("."), argument.split(separator: ".", omittingEmptySubsequences: false).contains("") {
        throw ValidationError("it has a dot at an end, or two in a row: write a domain, as gmail.com")
    }
    let wanted = Bytes(utf8: "a@" + argument).lowercased()[...]
    guard let address = MailAddress.parse(wanted), address == wanted, let domain = MailAddress.domain(of: address)
    else { throw ValidationError("write a domain, as gmail.com") }
    return domain.text
}
