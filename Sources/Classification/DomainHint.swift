// The domain that was probably meant: one slip from a great provider's (gmal.com, hotnail.com).

import MailSyntax

package enum DomainHint {
    /// Where slips are likely: the domains that most private people write.
    private static let providers: [StaticString] = [
        "gmail.com", "googlemail.com", "hotmail.com", "hotmail.co.uk", "hotmail.fr", "hotmail.de", "hotmail.it",
        "hotmail.es",
        "outlook.com", "outlook.fr", "outlook.de", "outlook.es", "live.com", "live.co.uk", "live.fr", "live.nl",
        "msn.com",
        "yahoo.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "yahoo.it", "yahoo.es", "yahoo.ca", "yahoo.com.br",
        "yahoo.co.in",
        "yahoo.co.jp", "rocketmail.com", "aol.com", "icloud.com", "comcast.net", "verizon.net", "sbcglobal.net",
        "bellsouth.net",
        "charter.net", "earthlink.net", "btinternet.com", "orange.fr", "wanadoo.fr", "laposte.net", "gmx.de", "gmx.net",
        "gmx.at",
        "gmx.ch", "web.de", "t-online.de", "freenet.de", "libero.it", "virgilio.it", "telenet.be", "ziggo.nl",
        "mail.ru",
        "yandex.ru", "rambler.ru", "protonmail.com", "fastmail.com", "docomo.ne.jp", "ezweb.ne.jp", "naver.com",
        "163.com",
        "126.com",
    ]

    /// Real mail domains that lie within one slip of those above. Never a slip themselves.
    private static let neighbours: [StaticString] = [
        "mail.com", "email.com", "ymail.com", "gmx.com", "gmx.fr", "gmx.it", "gmx.es", "gmx.us", "gmx.eu", "gmx.li",
        "live.de",
        "live.it", "live.be", "live.dk", "live.no", "live.se", "live.ca", "live.cn", "live.ru", "live.co.za",
        "hotmail.be",
        "hotmail.se", "hotmail.dk", "hotmail.no", "hotmail.ch", "hotmail.nl", "hotmail.ca", "hotmail.gr", "hotmail.cz",
        "hotmail.co", "hotmail.at", "outlook.be", "outlook.dk", "outlook.it", "outlook.at", "outlook.pt", "outlook.jp",
        "outlook.com.br", "yahoo.se", "yahoo.at", "yahoo.be", "yahoo.dk", "yahoo.no", "yahoo.in", "yahoo.gr",
        "yahoo.nl",
        "yahoo.pl", "yahoo.ro", "yahoo.cz", "yahoo.ie", "yahoo.hu", "yahoo.co.nz", "yahoo.co.id", "yahoo.co.kr",
        "yahoo.co.th",
        "yahoo.co.za", "yahoo.com.ar", "yahoo.com.mx", "yahoo.com.vn", "aol.co", "aol.de", "aol.fr", "aol.it",
        "aim.com", "me.com",
        "mac.com", "inbox.ru", "list.ru", "bk.ru", "mail.de", "mail.be", "mail.bg", "mail.kz", "mail.ua", "mail.ee",
        "yandex.com",
        "yandex.ua", "yandex.by", "yandex.kz", "ya.ru", "orange.com", "orange.net", "proton.me", "protonmail.ch",
        "pm.me",
        "fastmail.fm", "fastmail.net", "charter.com", "comcast.com", "verizon.com", "web.com", "we.de", "freenet.com",
        "laposte.fr",
        "wanadoo.es", "wanadoo.nl", "naver.net", "126.net", "163.net", "188.com", "139.com", "vip.163.com", "ao.com",
        "gail.com",
        "gml.com", "libero.com", "ms.com", "mn.com", "man.com", "mse.com", "msc.com", "mtn.com", "men.com", "esn.com",
        "live.net",
        "life.com", "love.com", "like.com", "line.com", "give.com", "five.com", "olive.com", "alive.com", "liv.com",
        "lie.com",
        "liver.com",
    ]

    /// A short domain in lower case as a number, its first byte the lowest: a few steps compare all of it.
    private struct ShortDomain: Equatable {
        static let limitBytes = 16
        let bytes: UInt128
        let count: Int

        init?(_ domain: Span<UInt8>) {
            guard domain.count <= Self.limitBytes else { return nil }
            bytes = domain.indices.reversed().reduce(0) { $0 << 8 | UInt128(domain[$1].asciiLowercased) }
            count = domain.count
        }

        /// Damerau-Levenshtein distance 1: what remains behind the common beginning must be equal after one edit.
        func isOneSlip(from other: ShortDomain) -> Bool {
            let common = (bytes ^ other.bytes).trailingZeroBitCount & ~7
            let (rest, otherRest) = (bytes >> common, other.bytes >> common)
            switch count - other.count {
            case 1: return rest >> 8 == otherRest
            case -1: return rest == otherRest >> 8
            case 0:
                if rest >> 8 == otherRest >> 8 { return true }
                return rest >> 16 == otherRest >> 16
                    && UInt16(truncatingIfNeeded: rest).byteSwapped == UInt16(truncatingIfNeeded: otherRest)
            default: return false
            }
        }
    }

    private static let shortProviders = providers.compactMap { name in
        ShortDomain(Bytes(name).span).map { (domain: $0, name: name) }
    }
    private static let known = (providers + neighbours).compactMap { ShortDomain(Bytes($0).span) }

    /// The provider's domain that `domain` is one slip away from: a letter left out, added, changed, or two exchanged.
    package static func nearProvider(_ domain: Bytes) -> String? {
        guard domain.count >= 5, let domain = ShortDomain(domain.span), !known.contains(domain) else { return nil }
        for provider in shortProviders where domain.isOneSlip(from: provider.domain) {
            return provider.name.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        }
        return nil
    }
}
