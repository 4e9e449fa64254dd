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

    private static let longest = 16

    /// The provider's domain that `domain` (lower case) is one slip away from: a letter left out, added, changed, or two exchanged.
    package static func nearProvider(_ domain: Bytes) -> String? {
        guard domain.count >= 5, domain.count <= longest else { return nil }
        for known in providers where domain.equals(known) { return nil }
        for known in neighbours where domain.equals(known) { return nil }
        for known in providers where isOneSlip(domain, from: known) {
            return known.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        }
        return nil
    }

    /// Damerau-Levenshtein distance 1, in one pass: what remains behind the common beginning must be equal after one edit.
    private static func isOneSlip(_ domain: Bytes, from known: StaticString) -> Bool {
        let difference = domain.count - known.utf8CodeUnitCount
        guard (-1...1).contains(difference) else { return false }
        let written = domain.span
        return known.withUTF8Buffer { meant in
            var start = 0
            while start < min(written.count, meant.count), written[start] == meant[start] { start += 1 }
            var end = 0
            while end < min(written.count, meant.count) - start,
                written[written.count - 1 - end] == meant[meant.count - 1 - end]
            {
                end += 1
            }
            let writtenRest = written.count - start - end
            let meantRest = meant.count - start - end
            if max(writtenRest, meantRest) == 1 { return true }
            return writtenRest == 2 && meantRest == 2 && written[start] == meant[start + 1]
                && written[start + 1] == meant[start]
        }
    }
}
