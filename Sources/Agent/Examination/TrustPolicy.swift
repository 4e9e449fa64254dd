// What a site knows that a report can be held against: its keys, its return paths, and what it sent lately.

import Glibc
import MailSyntax
import POSIX
import ReturnPath
import Vocabulary

/// The configuration's part in what a report is worth. Shared by all messages.
package final class TrustPolicy: Sendable {
    let keys: Keyring
    let maxAgeSeconds: Int
    /// Of address extensions.
    let delimiter: UInt8
    let verp: [VERPPattern]
    let unverifiedAction: UnverifiedAction
    /// Nil where it is not kept.
    let sentMail: SentMail?

    /// Whether there is anything that a report can be held against.
    var canProve: Bool { !keys.isEmpty || !verp.isEmpty || sentMail != nil }

    /// - Precondition: The patterns are those of a configuration that was read without an error; what is no pattern is left out.
    package init(_ configuration: Configuration, keys: Keyring = Keyring([]), sentMail: SentMail? = nil) {
        self.keys = keys
        maxAgeSeconds = configuration.stampMaxAgeDays * 86_400
        delimiter = configuration.returnPathDelimiter.utf8.first ?? UInt8(ascii: "+")
        verp = configuration.returnPathVERP.compactMap(VERPPattern.init)
        unverifiedAction = configuration.unverifiedAction
        self.sentMail = sentMail
    }
}

extension Keyring {
    /// The keys that a configuration names. They must belong to the user whom the daemon becomes, whoever asks; or to who asks, as a
    /// daemon that is not started as root stays who it is.
    package init(_ configuration: Configuration) throws(KeyFileError) {
        guard !configuration.stampKeyFiles.isEmpty else {
            self.init([])
            return
        }
        let asker = geteuid()
        let name = configuration.user.split(separator: ":").first.map(String.init)
        let daemon = name.flatMap(Users.user(named:))?.user ?? asker
        if asker != 0, asker != daemon, let keys = try? Keyring(files: configuration.stampKeyFiles, reader: asker) {
            self = keys
        } else {
            try self.init(files: configuration.stampKeyFiles, reader: daemon)
        }
    }
}

extension SentMail {
    /// What the configuration's folder holds; to be written, too, unless `isWritable` is false.
    package convenience init(_ configuration: Configuration, isWritable: Bool = true) throws(SentMailError) {
        try self.init(
            folder: configuration.sentMailFolder, maxBytes: configuration.sentMailMaxBytes,
            maxAgeSeconds: configuration.sentMailMaxAgeDays * 86_400, isWritable: isWritable)
    }
}
