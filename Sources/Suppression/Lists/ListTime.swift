// Times as lists have them.

import Journal

/// Reads a field.
package enum ListTime {
    /// 1980 and 2100: what lies outside is no time of a bounce, but some other number.
    private static let seconds: ClosedRange<Int64> = 315_532_800...4_102_444_800

    /// Milliseconds since 1970 of: seconds or milliseconds since 1970 (SendGrid), RFC 3339 and its kin with a space and without a zone
    /// (SES, Postmark, SparkPost, Mailchimp: UTC), Go's (listmonk: `2021-05-04 13:22:10.5 +0000 UTC`), RFC 5322 (Mailgun). Nil for others.
    package static func milliseconds(_ field: String) -> Int64? {
        var words = field.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "," }).map(String.init)
        if let day = words.first, let mark = day.firstIndex(of: "T"), mark > day.startIndex {
            words[0...0] = [String(day[..<mark]), String(day[day.index(after: mark)...])]
        }
        guard let first = words.first, words.count <= 6 else { return nil }
        if words.count == 1, let number = Int64(first) {
            if seconds.contains(number) { return number * 1000 }
            return seconds.contains(number / 1000) ? number : nil
        }
        guard let time = numeric(words) ?? named(words), seconds.contains(time / 1000) else { return nil }
        return time
    }

    /// `2021-05-04`, `2021-05-04 13:22:10.5`, with `Z`, `+02:00`, ` +0000 UTC`, ` UTC`.
    private static func numeric(_ words: [String]) -> Int64? {
        guard words[0].utf8.count == 10 else { return nil }
        guard words.count > 1 else { return Timestamp.parse(words[0] + "T00:00:00Z") }
        var clock = words[1]
        var zone = words.count > 2 ? words[2] : "Z"
        if let start = clock.lastIndex(where: { $0 == "+" || $0 == "-" || $0 == "Z" }) {
            zone = String(clock[start...])
            clock = String(clock[..<start])
        }
        if clock.utf8.count == 5 { clock += ":00" }
        return offset(zone).flatMap { Timestamp.parse("\(words[0])T\(clock)\($0)") }
    }

    /// `Fri, 21 Oct 2011 11:02:55 GMT`.
    private static func named(_ words: [String]) -> Int64? {
        let words = words.first.flatMap({ Int($0) }) == nil ? Array(words.dropFirst()) : words
        let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        guard words.count == 5, let day = Int(words[0]), (1...31).contains(day), words[2].utf8.count == 4,
            let month = months.firstIndex(of: String(words[1].lowercased().prefix(3))), let zone = offset(words[4])
        else { return nil }
        let clock = words[3].utf8.count == 5 ? words[3] + ":00" : words[3]
        return Timestamp.parse("\(words[2])-\(twoDigits(month + 1))-\(twoDigits(day))T\(clock)\(zone)")
    }

    /// As RFC 3339 writes it.
    private static func offset(_ zone: String) -> String? {
        switch zone {
        case "Z", "UTC", "GMT", "UT": return "Z"
        default:
            guard let sign = zone.first, sign == "+" || sign == "-" else { return nil }
            let digits = zone.dropFirst().filter { $0 != ":" }
            return digits.utf8.count == 4 ? "\(sign)\(digits.prefix(2)):\(digits.suffix(2))" : nil
        }
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
