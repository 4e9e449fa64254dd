// A sender with a tag that proves to whom its message went: news+bsKKKKDDDDSSSSSSSSSSSSSSSS=anna=partner.example@example.com. Bounces
// come to it whatever they return of the message. bounce-milter(8), "Signed return paths".

import MailSyntax

/// What an address to which a bounce came proves.
package enum ReturnPathProof: Sendable {
    /// A message of ours went to this recipient. As the tag writes it, which may have lost its upper case.
    case recipient(Bytes)
    /// The tag is for one recipient whom it does not name.
    case unnamed(UnnamedRecipient)
    /// Ours, but older than the limit.
    case expired
    /// It names a key of ours, and was not made with it.
    case forged
    /// No tag of ours.
    case none
}

/// The recipient of a tag that was too long to name him. Whether the tag is ours shows only when the right one is asked about.
package struct UnnamedRecipient: Sendable {
    /// One at least; the tag tells four characters of its name, and several may begin so.
    fileprivate let keys: [SecretKey]
    fileprivate let tag: Tag

    /// Whether he is the one.
    package func isRecipient(_ address: Bytes) -> Bool { keys.contains { tag.isMade(by: $0, for: address) } }
}

/// `bs`, four characters of the key's name, the day (since 1970), and 80 bits over day and recipient.
private struct Tag {
    static let mark: StaticString = "bs"
    static let characters = 26
    private static let codeBytes = 10

    let keyPrefix: Bytes
    let day: Int
    let code: [UInt8]

    init(_ key: SecretKey, recipient: Bytes, day: Int) {
        keyPrefix = key.id.prefix(4)
        self.day = day
        code = Array(Self.code(key, recipient, day))
    }

    /// Nil where the text is no tag.
    init?(_ text: Bytes) {
        guard text.count == Self.characters, text.hasPrefix(Self.mark),
            let day = Base32.decodeNumber(text.dropFirst(6).prefix(4)), let code = Base32.decode(text.dropFirst(10))
        else { return nil }
        keyPrefix = text.dropFirst(2).prefix(4)
        self.day = day
        self.code = code
    }

    var text: [UInt8] {
        Array(Bytes(Self.mark)) + keyPrefix + Base32.encode(number: day, characters: 4) + Base32.encode(code)
    }

    func isMade(by key: SecretKey, for recipient: Bytes) -> Bool {
        SecretKey.isEqual(Self.code(key, recipient, day), code)
    }

    private static func code(_ key: SecretKey, _ recipient: Bytes, _ day: Int) -> ArraySlice<UInt8> {
        let dayBytes = withUnsafeBytes(of: UInt32(clamping: day).bigEndian) { Bytes($0) }
        return key.code(.returnPath, [dayBytes, recipient.lowercased()[...]]).prefix(codeBytes)
    }
}

extension Keyring {
    /// RFC 5321, 4.5.3.1.1: longer local parts are refused by some.
    private static let limitLocalPartBytes = 64

    /// The sender of a message to one recipient, both bare, with a tag. The recipient is named in it where there is room for it.
    ///
    /// - Parameter delimiter: What the MTA knows as the start of an address extension: `+`.
    /// - Returns: Nil without a key, and where the tag does not fit.
    package func sign(
        returnPath sender: Bytes, recipient: Bytes, delimiter: UInt8, timeSeconds: Int
    ) -> [UInt8]? {
        guard let key = signing, let user = MailAddress.localPart(of: sender),
            let domain = MailAddress.domain(of: sender), !user.isEmpty, !domain.isEmpty, Self.isPlain(user)
        else { return nil }
        var local = user + [delimiter] + Tag(key, recipient: recipient, day: timeSeconds / 86_400).text
        guard local.count <= Self.limitLocalPartBytes else { return nil }
        if let name = MailAddress.localPart(of: recipient), let host = MailAddress.domain(of: recipient),
            !name.isEmpty, !host.isEmpty, Self.isPlain(name), Self.isPlain(host),
            local.count + name.count + host.count + 2 <= Self.limitLocalPartBytes
        {
            local += [UInt8(ascii: "=")] + name + [UInt8(ascii: "=")] + host
        }
        return local + [UInt8(ascii: "@")] + domain
    }

    /// What an address, bare, proves: one that a bounce came to, or one that it gives as the sender of the returned message.
    ///
    /// - Parameter maxAgeSeconds: How old a tag may be; it counts in days.
    package func verify(
        returnPath address: Bytes, delimiter: UInt8, nowSeconds: Int, maxAgeSeconds: Int
    ) -> ReturnPathProof {
        guard !isEmpty, let local = MailAddress.localPart(of: address),
            let (tag, rest) = Self.tag(in: local, delimiter)
        else { return .none }
        let named = keys.filter { $0.id.prefix(4).equals(tag.keyPrefix) }
        guard !named.isEmpty else { return .none }
        let age = nowSeconds / 86_400 - tag.day
        let isInTime = age <= maxAgeSeconds / 86_400 && age >= -1
        guard !rest.isEmpty else {
            return isInTime ? .unnamed(UnnamedRecipient(keys: named, tag: tag)) : .expired
        }
        guard let recipient = VERP.recipient(rest), named.contains(where: { tag.isMade(by: $0, for: recipient) }) else {
            return .forged
        }
        return isInTime ? .recipient(recipient) : .expired
    }

    /// The tag of a local part, and the recipient behind it (`anna=partner.example`) or nothing.
    private static func tag(in local: Bytes, _ delimiter: UInt8) -> (Tag, rest: Bytes)? {
        // Nothing longer is ours; the search below is bounded by it.
        guard local.count <= limitLocalPartBytes * 2 else { return nil }
        for index in local.indices where local[index] == delimiter && index > local.startIndex {
            let text = local[(index + 1)...]
            let rest = text.dropFirst(Tag.characters)
            guard rest.isEmpty || rest.first == UInt8(ascii: "="), let tag = Tag(text.prefix(Tag.characters)) else {
                continue
            }
            return (tag, rest.dropFirst())
        }
        return nil
    }

    /// Whether it needs no quotes as a local part (RFC 5321, 4.1.2: Dot-string), or is a domain of ASCII.
    private static func isPlain(_ text: Bytes) -> Bool {
        text.allSatisfy { byte in
            byte.isASCIIAlphanumeric || byte == UInt8(ascii: ".") || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
        }
    }
}
