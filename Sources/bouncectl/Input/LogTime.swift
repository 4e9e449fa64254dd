// The time of a log line: RFC 3339, the same without a zone, or the form of RFC 3164, which has neither year nor zone.

import Glibc
import Journal
import MailSyntax

private let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/// Milliseconds since 1970 of a time such as `2026-11-21T04:48:12.5+01:00`, `2026-11-21 04:48:12` or `Nov 21 04:48:12`; nil where it is none.
/// Without a zone it is local time; without a year, of the newest that does not put it into the future, and a fraction of its second is left
/// out.
func milliseconds(ofLogTime text: Bytes, now: Int64) -> Int64? {
    // Some write the fraction as ISO 8601 prefers it.
    let text = String(decoding: text.map { $0 == UInt8(ascii: ",") ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
    if let time = Timestamp.parse(text) ?? Timestamp.parse(text + "Z").flatMap(milliseconds(ofLocal:)) { return time }
    let words = text.split(separator: " ")
    guard words.count == 3, let month = months.firstIndex(of: String(words[0])), let day = Int32(words[1]),
        (1...31).contains(day),
        case let clock = words[2].prefix(while: { $0 != "." }).split(separator: ":").compactMap({ Int32($0) }),
        clock.count == 3
    else { return nil }
    var fields = tm()
    (fields.tm_mon, fields.tm_mday) = (Int32(month), day)
    (fields.tm_hour, fields.tm_min, fields.tm_sec) = (clock[0], clock[1], clock[2])
    var current = time_t(now / 1000)
    var today = tm()
    localtime_r(&current, &today)
    // 29 February is in one of eight years in a row.
    for yearsAgo in 0..<8 {
        var candidate = fields
        candidate.tm_year = today.tm_year - Int32(yearsAgo)
        candidate.tm_isdst = -1
        let seconds = mktime(&candidate)
        // A clock may be a little ahead; mktime makes a 1 March of a 29 February that is none.
        guard seconds <= current + 3600, candidate.tm_mon == fields.tm_mon else { continue }
        return Int64(seconds) * 1000
    }
    return nil
}

/// What a local time is that was read as if it were UTC.
private func milliseconds(ofLocal milliseconds: Int64) -> Int64? {
    var seconds = time_t(milliseconds / 1000)
    var fields = tm()
    guard gmtime_r(&seconds, &fields) != nil else { return nil }
    fields.tm_isdst = -1
    return Int64(mktime(&fields)) * 1000 + milliseconds % 1000
}
