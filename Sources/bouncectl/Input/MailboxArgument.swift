// An address as a person gives it on the command line.

import ArgumentParser
import MailSyntax

/// One mailbox, bare, out of `a@b`, `<a@b>` or `Name <a@b>`; what is none, or more than one, is no such argument.
struct MailboxArgument: ExpressibleByArgument {
    let address: String

    init?(argument: String) {
        let found = MailAddress.list(in: Bytes(utf8: argument))
        guard found.count == 1, let address = found.first?.text else { return nil }
        self.address = address
    }
}
