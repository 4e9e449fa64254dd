// CRC-32C against the RFC's vectors and a slow version; times against the calendar day by day.

import Testing

@testable import Journal

@Suite struct ChecksumTests {
    /// RFC 3720 appendix B.4, and the check value of the catalogue of CRCs.
    private static let known: [([UInt8], UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        ([UInt8](0..<32), 0x46DD_794E), ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
        ([UInt8]("123456789".utf8), 0xE306_9283), ([], 0),
    ]

    @Test(arguments: known) func knownValue(bytes: [UInt8], checksum: UInt32) {
        #expect(bytes.withUnsafeBytes { CRC32C.checksum($0) } == checksum)
    }

    @Test func sameAsBitByBit() {
        var chance = Chance(seed: 1)
        for count in 0..<300 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &chance) }
            var slow = ~UInt32(0)
            for byte in bytes {
                slow ^= UInt32(byte)
                for _ in 0..<8 { slow = slow & 1 == 1 ? slow >> 1 ^ 0x82F6_3B78 : slow >> 1 }
            }
            #expect(bytes.withUnsafeBytes { CRC32C.checksum($0) } == ~slow)
        }
    }
}

@Suite struct TimestampTests {
    private static let times: [(Int64, String)] = [
        (0, "1970-01-01T00:00:00.000Z"), (1_795_256_130_123, "2026-11-21T10:15:30.123Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (951_868_799_000, "2000-02-29T23:59:59.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (Timestamp.earliest, "0000-01-01T00:00:00.000Z"), (Timestamp.latest, "9999-12-31T23:59:59.999Z"),
    ]

    @Test(arguments: times) func bothWays(milliseconds: Int64, text: String) {
        #expect(Timestamp.format(milliseconds) == text)
        #expect(Timestamp.parse(text) == milliseconds)
    }

    @Test func everyDayOfTheCalendar() {
        var year = 0
        var month = 1
        var day = 1
        for number in 0..<3_652_425 {
            let fields = Timestamp.fields(of: Timestamp.earliest + Int64(number) * 86_400_000)
            if fields.year != year || fields.month != month || fields.day != day {
                Issue.record("day \(number) is \(fields), not \(year)-\(month)-\(day)")
                return
            }
            if Timestamp.milliseconds(of: fields) != Timestamp.earliest + Int64(number) * 86_400_000 {
                Issue.record("day \(number) is not reversed")
                return
            }
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            day += 1
            if day > days {
                day = 1
                month += 1
            }
            if month > 12 {
                month = 1
                year += 1
            }
        }
    }

    private static let spellings: [(String, Int64)] = [
        ("2026-11-21T10:15:30Z", 1_795_256_130_000), ("2026-11-21t10:15:30.5z", 1_795_256_130_500),
        ("2026-11-21 10:15:30.123456789Z", 1_795_256_130_123), ("2026-11-21T12:15:30.123+02:00", 1_795_256_130_123),
        ("2026-11-21T04:45:30.123-05:30", 1_795_256_130_123), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
    ]

    @Test(arguments: spellings) func otherSpellings(text: String, milliseconds: Int64) {
        #expect(Timestamp.parse(text) == milliseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-11-21", "2026-11-21T10:15", "2026-11-21T10:15:30", "2026-13-21T10:15:30Z",
        "2026-00-21T10:15:30Z",
        "2026-02-29T10:15:30Z", "2026-11-31T10:15:30Z", "2026-11-00T10:15:30Z", "2026-11-21T24:15:30Z",
        "2026-11-21T10:60:30Z", "2026-11-21T10:15:61Z", "2026-11-21T10:15:30.Z", "2026-11-21T10:15:30+2:00",
        "2026-11-21T10:15:30+24:00", "2026-11-21T10:15:30Zx", "2026-11-21x10:15:30Z", "+026-11-21T10:15:30Z",
    ]) func noTime(text: String) {
        #expect(Timestamp.parse(text) == nil)
    }

    @Test(arguments: [Int64.min, .max]) func farTimesAreBroughtNear(milliseconds: Int64) {
        #expect(
            Timestamp.parse(Timestamp.format(milliseconds))
                == (milliseconds < 0 ? Timestamp.earliest : Timestamp.latest))
    }
}
