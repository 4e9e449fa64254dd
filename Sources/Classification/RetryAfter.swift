// The time to wait that a reply names: "in 300 seconds", "try again in 5 minutes", "after 00:14:59", "wait 1h".

import MailSyntax
import Vocabulary

enum RetryAfter {
    /// Seconds; a longer time is no time to wait but a way to say no.
    static let limitSeconds = 7 * 86_400

    /// Whether a time in the text is one to wait: the rule says so, or the category is about time by itself.
    static func isNamed(by rule: RuleOutcome?, _ category: Category, _ action: Action) -> Bool {
        action == .retry && (rule?.retryAfter == true || category == .greylisted || category == .rateLimited)
    }

    /// The first number with a unit of time, or hh:mm:ss; nil where there is none, and where it is 0 or over the limit.
    static func seconds(in text: UnsafeBufferPointer<UInt8>) -> Int? {
        var index = 0
        while index < text.count {
            guard text[index].isASCIIDigit, index == 0 || isBorder(text[index - 1]) else {
                index += 1
                continue
            }
            if let seconds = clock(text, at: index) ?? amount(text, at: index), (1...limitSeconds).contains(seconds) {
                return seconds
            }
            while index < text.count, text[index].isASCIIDigit { index += 1 }
        }
        return nil
    }

    private static func isBorder(_ byte: UInt8) -> Bool {
        !byte.isASCIIAlphanumeric && byte != UInt8(ascii: ".") && byte != UInt8(ascii: ":") && byte != UInt8(ascii: "-")
            && byte != UInt8(ascii: "_") && byte != UInt8(ascii: "/")
    }

    /// Up to six digits.
    private static func number(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> (value: Int, end: Int)? {
        var value = 0
        var end = start
        while end < text.count, text[end].isASCIIDigit {
            guard end - start < 6 else { return nil }
            value = value * 10 + Int(text[end] - 0x30)
            end += 1
        }
        return end > start ? (value, end) : nil
    }

    /// `hh:mm:ss` or, as a length of time, `mm:ss` is not told from a time of day and is none.
    private static func clock(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> Int? {
        guard let hours = number(text, at: start), let minutes = colon(text, at: hours.end),
            let seconds = colon(text, at: minutes.end), minutes.value < 60, seconds.value < 60
        else { return nil }
        // A date stands before a time of day, and a zone or a year behind it; a time to wait has neither.
        if start >= 2, text[start - 2].isASCIIDigit { return nil }
        if seconds.end + 1 < text.count, text[seconds.end] == 0x20,
            text[seconds.end + 1] == UInt8(ascii: "+") || text[seconds.end + 1].isASCIIDigit
        {
            return nil
        }
        return hours.value * 3_600 + minutes.value * 60 + seconds.value
    }

    private static func colon(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> (value: Int, end: Int)? {
        guard start < text.count, text[start] == UInt8(ascii: ":"), let part = number(text, at: start + 1),
            part.end == start + 3
        else { return nil }
        return part
    }

    /// A number and its unit, with a space or a hyphen between them or none: `300 seconds`, `5 min`, `1h`, `15-minute`.
    private static func amount(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> Int? {
        guard let number = number(text, at: start) else { return nil }
        var index = number.end
        if index < text.count, text[index] == 0x20 || text[index] == UInt8(ascii: "-") { index += 1 }
        var end = index
        while end < text.count, text[end].isASCIIAlphanumeric || text[end] >= 0x80 { end += 1 }
        guard let unit = unit(UnsafeBufferPointer(rebasing: text[index..<end])) else { return nil }
        // "4 per hour", "over 24 hours" are rates, told by the words before: "more than", "limit", "last", "per", "every".
        return isRate(text, before: start) ? nil : number.value * unit
    }

    /// English, and the words of the languages that rules know.
    private static let units: [(word: StaticString, seconds: Int)] = [
        ("s", 1), ("sec", 1), ("secs", 1), ("second", 1), ("seconds", 1), ("sekunden", 1), ("secondes", 1),
        ("segundos", 1),
        ("secondi", 1), ("seconden", 1), ("sekund", 1), ("m", 60), ("min", 60), ("mins", 60), ("minute", 60),
        ("minutes", 60),
        ("minuten", 60), ("minutos", 60), ("minuti", 60), ("minut", 60), ("минут", 60), ("h", 3_600), ("hr", 3_600),
        ("hrs", 3_600), ("hour", 3_600), ("hours", 3_600), ("stunde", 3_600), ("stunden", 3_600), ("heure", 3_600),
        ("heures", 3_600), ("hora", 3_600), ("horas", 3_600), ("ora", 3_600), ("ore", 3_600), ("uur", 3_600),
        ("godzin", 3_600), ("day", 86_400), ("days", 86_400),
    ]

    private static func unit(_ word: UnsafeBufferPointer<UInt8>) -> Int? {
        guard word.count <= 12 else { return nil }
        for (known, seconds) in units where equals(word, known) { return seconds }
        return nil
    }

    private static func equals(_ word: UnsafeBufferPointer<UInt8>, _ known: StaticString) -> Bool {
        guard word.count == known.utf8CodeUnitCount else { return false }
        return known.withUTF8Buffer { known in
            word.indices.allSatisfy { word[$0].asciiLowercased == known[$0].asciiLowercased }
        }
    }

    private static let rateWords: [StaticString] = ["per", "every", "last", "than", "over", "past", "within", "each"]

    /// Whether the word before the number makes it a rate or a time gone by.
    private static func isRate(_ text: UnsafeBufferPointer<UInt8>, before start: Int) -> Bool {
        guard start >= 2, text[start - 1] == 0x20 else { return false }
        var begin = start - 1
        while begin > 0, text[begin - 1].isASCIIAlphanumeric { begin -= 1 }
        let word = UnsafeBufferPointer(rebasing: text[begin..<(start - 1)])
        return rateWords.contains { equals(word, $0) }
    }
}
