// Which programs' lines of a log are read: the names of `syslog_names` in bounce-milter.toml(5).

import MailSyntax

/// Names of programs as syslog has them before `/` or `[`: `postfix-out` stands for the lines of `postfix-out/smtp[4084]` and of
/// `postfix-out[1]`, `postfix*` for all that begin with `postfix`. Upper and lower case are two.
package struct SyslogNames: Sendable, Equatable {
    /// As Postfix and Sendmail call themselves; Debian's Sendmail by what it is at: `sm-mta`, `sm-mta-runq`, `sm-que`, `sm-msp-queue`, …
    package static let usual = ["postfix*", "sendmail", "sm-mta*", "sm-que*", "sm-msp*"]

    private let names: [(name: [UInt8], isPrefix: Bool)]
    private static let limitBytes = 128

    /// - Precondition: Each is a pattern; what is none is left out.
    package init(_ patterns: [String]) {
        names = patterns.filter(Self.isPattern).map { pattern in
            pattern.hasSuffix("*") ? (Array(pattern.utf8.dropLast()), true) : (Array(pattern.utf8), false)
        }
    }

    /// A word without white space, brackets and colons, of which only the last character may be `*`.
    package static func isPattern(_ text: String) -> Bool {
        let name = text.utf8.last == UInt8(ascii: "*") ? text.utf8.dropLast() : text.utf8[...]
        return !text.isEmpty && name.count <= limitBytes
            && name.allSatisfy { $0 > 0x20 && $0 != 0x7F && !"*[]:".utf8.contains($0) }
    }

    /// Whether the lines of a program (without its process ID) are read.
    func contain(_ program: Bytes) -> Bool {
        names.contains { name, isPrefix in
            guard program.starts(with: name) else { return false }
            return isPrefix || program.count == name.count
                || program[program.startIndex + name.count] == UInt8(ascii: "/")
        }
    }

    package static func == (a: SyslogNames, b: SyslogNames) -> Bool {
        a.names.elementsEqual(b.names) { $0.name == $1.name && $0.isPrefix == $1.isPrefix }
    }
}
