// Links in a reply. What a page is called says nothing of the mailbox: https://mx.example/help/user-unknown stands below any refusal.

internal import Glibc
import MailSyntax

enum Links {
    /// Puts a text into `output`, which is as long, with the letters and digits of each link x: of what follows `://`, and of hosts with
    /// a path behind them, as in `mx.example/help`. Says whether there was any; else `output` is of no meaning. Takes time linear in
    /// the text.
    static func mask(_ source: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) -> Bool {
        guard let base = source.baseAddress, memchr(base, CInt(UInt8(ascii: "/")), source.count) != nil else {
            return false
        }
        _ = output.update(fromContentsOf: source)
        return mask(output)
    }

    private static func mask(_ text: UnsafeMutableBufferPointer<UInt8>) -> Bool {
        var isAny = false
        var next = 0
        while let slash = text[next...].firstIndex(of: UInt8(ascii: "/")) {
            guard let start = startOfLink(in: text, from: next, at: slash) else {
                next = slash + 1
                continue
            }
            next = start
            while next < text.count, !isDelimiter(text[next]) {
                if text[next].isASCIIAlphanumeric { text[next] = UInt8(ascii: "x") }
                next += 1
            }
            isAny = true
        }
        return isAny
    }

    /// Whether a pattern of a rule's `text` is matched without them: what follows would be said of the address, or that the message is
    /// spam, and the pattern is not written for links. One of `not_text` is, where it is not written for links, whatever the rule says.
    static func areHidden(from pattern: String, of rule: RuleOutcome) -> Bool {
        (rule.isAboutRecipient || rule.category == .domainRefusesMail || rule.category == .spamContent)
            && !areNamed(in: pattern)
    }

    /// It names a host (`\.com`), a path (`/`) or a query's field (`=`).
    static func areNamed(in pattern: String) -> Bool {
        var (previous, last): (UInt8, UInt8) = (0, 0)
        for byte in pattern.utf8 {
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=") { return true }
            if previous == UInt8(ascii: "\\"), last == UInt8(ascii: "."), byte.isASCIIAlphanumeric { return true }
            (previous, last) = (last, byte)
        }
        return false
    }

    /// Where the link of the text's first slash behind `start` begins: behind `://`, or at the host before the slash.
    private static func startOfLink(
        in text: UnsafeMutableBufferPointer<UInt8>, from start: Int, at slash: Int
    ) -> Int? {
        if slash > start, text[slash - 1] == UInt8(ascii: ":"), slash + 1 < text.count,
            text[slash + 1] == UInt8(ascii: "/")
        {
            return slash + 2
        }
        var host = slash
        var dot: Int?
        while host > start, text[host - 1].isASCIIAlphanumeric || isHostMark(text[host - 1]) {
            host -= 1
            if dot == nil, text[host] == UInt8(ascii: ".") { dot = host }
        }
        // The last label of a host has letters alone, that of an IP address none.
        guard let dot, dot > host, slash - dot > 2 else { return nil }
        return text[(dot + 1)..<slash].allSatisfy(\.isASCIILetter) ? host : nil
    }

    private static func isHostMark(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    /// White space, what links are put in (RFC 3986, appendix C), and what they have none of: ideographs that follow without a space.
    private static func isDelimiter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x7F..., UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"):
            true
        default: false
        }
    }
}
