// RFC 3339 times, in both directions, by the proleptic Gregorian calendar.

/// Times of the journal: milliseconds since 1970-01-01T00:00:00Z, written as `2026-11-21T10:15:30.123Z`.
package enum Timestamp {
    /// 0000-01-01T00:00:00.000Z, the first time that four digits of a year can tell.
    package static let earliest: Int64 = -62_167_219_200_000
    /// 9999-12-31T23:59:59.999Z.
    package static let latest: Int64 = 253_402_300_799_999

    struct Fields {
        var year: Int
        var month: Int
        var day: Int
        var hour: Int
        var minute: Int
        var second: Int
        var millisecond: Int
    }

    /// The time in UTC; one outside `earliest...latest` is brought to the nearer end.
    static func fields(of milliseconds: Int64) -> Fields {
        let clamped = Int(min(max(milliseconds, earliest), latest))
        let days = (clamped - Int(earliest)) / 86_400_000
        let rest = (clamped - Int(earliest)) % 86_400_000
        // Days of 400-year cycles that begin on 1 March of year 0, so that a leap day is a year's last.
        let shifted = days - 60 + 146_097
        let cycle = shifted / 146_097
        let dayOfCycle = shifted % 146_097
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return Fields(
            year: (cycle - 1) * 400 + yearOfCycle + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, hour: rest / 3_600_000,
            minute: rest / 60_000 % 60, second: rest / 1000 % 60, millisecond: rest % 1000)
    }

    /// Milliseconds since 1970, or nil for a date that is not in the calendar. Second 60 counts as the next minute's first.
    static func milliseconds(of fields: Fields) -> Int64? {
        let leap = fields.year % 4 == 0 && (fields.year % 100 != 0 || fields.year % 400 == 0)
        let daysOfMonth =
            switch fields.month {
            case 2: leap ? 29 : 28
            case 4, 6, 9, 11: 30
            case 1, 3, 5, 7, 8, 10, 12: 31
            default: 0
            }
        guard (1...max(daysOfMonth, 1)).contains(fields.day), daysOfMonth > 0, fields.hour < 24, fields.minute < 60,
            fields.second <= 60
        else { return nil }
        let year = fields.month <= 2 ? fields.year + 399 : fields.year + 400
        let shiftedMonth = fields.month > 2 ? fields.month - 3 : fields.month + 9
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + fields.day - 1
        let days = 365 * year + year / 4 - year / 100 + year / 400 + dayOfYear - 146_097 + 60
        let seconds = days * 86_400 + fields.hour * 3600 + fields.minute * 60 + fields.second
        return Int64(seconds * 1000 + fields.millisecond) + earliest
    }

    /// `2026-11-21T10:15:30.123Z`; a time outside `earliest...latest` is brought to the nearer end.
    package static func format(_ milliseconds: Int64) -> String {
        var bytes: [UInt8] = []
        append(milliseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func append(_ milliseconds: Int64, to bytes: inout [UInt8]) {
        let time = fields(of: milliseconds)
        bytes.append(addingCapacity: 24) { output in
            output.append(digits: time.year, 4)
            output.append(UInt8(ascii: "-"))
            output.append(digits: time.month, 2)
            output.append(UInt8(ascii: "-"))
            output.append(digits: time.day, 2)
            output.append(UInt8(ascii: "T"))
            output.append(digits: time.hour, 2)
            output.append(UInt8(ascii: ":"))
            output.append(digits: time.minute, 2)
            output.append(UInt8(ascii: ":"))
            output.append(digits: time.second, 2)
            output.append(UInt8(ascii: "."))
            output.append(digits: time.millisecond, 3)
            output.append(UInt8(ascii: "Z"))
        }
    }

    /// The low `count` decimal digits of a number that is not negative, with leading zeros.
    static func appendDigits(_ value: Int, _ count: Int, to bytes: inout [UInt8]) {
        bytes.append(addingCapacity: count) { $0.append(digits: value, count) }
    }

    /// Any RFC 3339 date-time: a fraction of any length (cut to milliseconds), `Z` or an offset, `T` or a space between. The offset's colon
    /// may lack, as in what journalctl(1) writes.
    package static func parse(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { parse(UnsafeRawBufferPointer($0)) }
    }

    static func parse(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        var cursor = 0
        func digits(_ count: Int) -> Int? {
            guard bytes.count - cursor >= count else { return nil }
            var value = 0
            for index in cursor..<cursor + count {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) else { return nil }
                value = value * 10 + Int(bytes[index] - UInt8(ascii: "0"))
            }
            cursor += count
            return value
        }
        func skip(_ wanted: Unicode.Scalar, or other: Unicode.Scalar? = nil) -> Bool {
            guard cursor < bytes.count,
                Unicode.Scalar(bytes[cursor]) == wanted || Unicode.Scalar(bytes[cursor]) == other
            else { return false }
            cursor += 1
            return true
        }
        guard let year = digits(4), skip("-"), let month = digits(2), skip("-"), let day = digits(2),
            skip("T", or: " ") || skip("t"), let hour = digits(2), skip(":"), let minute = digits(2), skip(":"),
            let second = digits(2)
        else { return nil }
        var millisecond = 0
        if skip(".") {
            var weight = 100
            guard let first = digits(1) else { return nil }
            millisecond = first * weight
            while let digit = digits(1) {
                weight /= 10
                millisecond += digit * weight
            }
        }
        var offset = 0
        if !skip("Z", or: "z") {
            let sign: Int
            if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
            guard let hours = digits(2), case _ = skip(":"), let minutes = digits(2), hours < 24, minutes < 60 else {
                return nil
            }
            offset = sign * (hours * 3600 + minutes * 60) * 1000
        }
        guard cursor == bytes.count,
            let time = milliseconds(
                of: Fields(
                    year: year, month: month, day: day, hour: hour, minute: minute, second: second,
                    millisecond: millisecond))
        else { return nil }
        return time - Int64(offset)
    }
}

extension OutputSpan<UInt8> {
    /// The low `count` decimal digits of a number that is not negative, with leading zeros.
    @inline(__always)
    fileprivate mutating func append(digits value: Int, _ count: Int) {
        withUnsafeMutableBufferPointer { room, filled in
            var rest = value
            for index in (filled..<filled + count).reversed() {
                room[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            filled += count
        }
    }
}
