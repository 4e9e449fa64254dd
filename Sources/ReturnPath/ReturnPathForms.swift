// What others write into a return path: variable envelope return paths (VERP), BATV and SRS. They prove nothing to us; they tell whom a
// bounce is about, or which address of ours is inside.

import MailSyntax

/// Where a site's return paths name the recipient: `news+*@example.com`, `list-*@example.com`, `*` being `anna=partner.example`.
package struct VERPPattern: Sendable, Equatable {
    private let prefix: Bytes
    private let suffix: Bytes

    /// Nil where the text has not exactly one `*`, with something before it and an `@` right behind it.
    package init?(_ text: String) {
        let bytes = Bytes(utf8: text)
        guard let (prefix, suffix) = bytes.split(atByte: UInt8(ascii: "*")), !prefix.isEmpty, suffix.count > 1,
            suffix.first == UInt8(ascii: "@"), suffix.lastIndex(ofByte: UInt8(ascii: "@")) == suffix.startIndex,
            !prefix.contains(UInt8(ascii: "@")), !suffix.contains(UInt8(ascii: "*")),
            bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { return nil }
        self.prefix = prefix
        self.suffix = suffix
    }

    /// The recipient that a bare address names; nil where it does not fit or names none.
    package func recipient(in address: Bytes) -> Bytes? {
        guard address.count > prefix.count + suffix.count, address.prefix(prefix.count).equals(prefix),
            address.suffix(suffix.count).equals(suffix)
        else { return nil }
        return VERP.recipient(address.dropFirst(prefix.count).dropLast(suffix.count))
    }
}

enum VERP {
    /// `anna=partner.example` as an address; nil where it is none.
    static func recipient(_ text: Bytes) -> Bytes? {
        guard let place = text.lastIndex(ofByte: UInt8(ascii: "=")), place > text.startIndex,
            place + 1 < text.endIndex
        else { return nil }
        var address = Array(text)
        address[place - text.startIndex] = UInt8(ascii: "@")
        return address[...]
    }
}

/// Takes off what other programs put around a return path.
package enum ReturnPathForms {
    /// As many layers are taken off.
    private static let limitLayers = 4

    /// The address that BATV or SRS have wrapped, layer by layer; the same where there is nothing around it.
    ///
    /// - BATV (draft-levine-smtp-batv): `prvs=4711abcdef=user@domain`, ours.
    /// - SRS: `SRS0=HHH=TT=domain=user@forwarder` and `SRS1=HHH=forwarder==HHH=TT=domain=user@other`: `user@domain`.
    package static func unwrapped(_ address: Bytes) -> Bytes {
        var address = address
        for _ in 0..<limitLayers {
            guard let inner = batv(address) ?? srs(address) else { break }
            address = inner
        }
        return address
    }

    private static func batv(_ address: Bytes) -> Bytes? {
        guard let (tag, inner) = address.dropping(prefix: "prvs=")?.split(atByte: UInt8(ascii: "=")),
            (6...16).contains(tag.count), tag.allSatisfy(\.isASCIIAlphanumeric), inner.first != UInt8(ascii: "@")
        else { return nil }
        return inner
    }

    private static func srs(_ address: Bytes) -> Bytes? {
        guard let local = MailAddress.localPart(of: address) else { return nil }
        // What stands behind SRS0 or SRS1 may be any of these.
        func isSeparator(_ byte: UInt8?) -> Bool {
            byte == UInt8(ascii: "=") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
        }
        var rest: Bytes
        if let first = local.dropping(prefix: "srs1"), isSeparator(first.first) {
            guard let afterHash = first.dropFirst().split(atByte: UInt8(ascii: "="))?.tail,
                let afterHost = afterHash.split(atByte: UInt8(ascii: "="))?.tail, isSeparator(afterHost.first)
            else { return nil }
            rest = afterHost.dropFirst()
        } else if let zero = local.dropping(prefix: "srs0"), isSeparator(zero.first) {
            rest = zero.dropFirst()
        } else {
            return nil
        }
        for _ in 0..<2 {
            guard let (part, tail) = rest.split(atByte: UInt8(ascii: "=")), !part.isEmpty else { return nil }
            rest = tail
        }
        guard let (domain, user) = rest.split(atByte: UInt8(ascii: "=")), !domain.isEmpty, !user.isEmpty else {
            return nil
        }
        return user + [UInt8(ascii: "@")] + domain
    }
}
