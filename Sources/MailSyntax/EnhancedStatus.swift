// RFC 3463: enhanced mail system status codes.

/// An enhanced status code such as 5.1.1: class 2, 4 or 5; subject and detail 0 to 999.
package struct EnhancedStatus: Sendable, Hashable {
    package var statusClass: UInt8
    package var subject: UInt16
    package var detail: UInt16

    package init(_ statusClass: UInt8, _ subject: UInt16, _ detail: UInt16) {
        self.statusClass = statusClass
        self.subject = subject
        self.detail = detail
    }

    /// The whole slice as a status code; white space around it is passed over.
    package init?(_ bytes: Bytes) {
        let trimmed = bytes.trimmed
        guard let (status, end) = Self.parse(trimmed.span, at: 0), end == trimmed.count else { return nil }
        self = status
    }

    package var isSuccess: Bool { statusClass == 2 }
    /// Persistent transient failure: class 4.
    package var isTransient: Bool { statusClass == 4 }
    package var isPermanent: Bool { statusClass == 5 }

    /// Whether it is what Sendmail makes of that code where the server gave no status: it then says no more than the code does, and that
    /// may be a refusal of any kind.
    package func isMade(of code: UInt16) -> Bool {
        guard statusClass == 5 else { return false }
        return switch (code, subject, detail) {
        case (550, 1, 1), (551, 1, 6), (552, 2, 2), (553, 1, 3): true
        default: false
        }
    }

    /// Whether Sendmail makes it of any code.
    package var mayBeMade: Bool { (550...553).contains { isMade(of: $0) } }

    /// RFC 3463, 3.1: other undefined status, of a permanent failure.
    package static let permanentFailure = EnhancedStatus(5, 0, 0)

    /// The first status code in running text. Only subjects 0 to 7, all that RFC 3463 knows, are looked for, so that an
    /// address, a version ("release 5.0.8", "4.97.1") or a date is not taken for one.
    package static func first(in text: Bytes) -> EnhancedStatus? { first(in: text.span, 0..<text.count) }

    /// As `first(in:)`, in a part of the text.
    static func first(in text: Span<UInt8>, _ range: Range<Int>) -> EnhancedStatus? {
        let part = text.extracting(range)
        var search = 0
        while let start = part.firstPair(classes, dot, from: search, upTo: part.count) {
            if let (status, _) = parse(part, at: start), status.subject <= 7, isBorder(part, before: start) {
                return status
            }
            search = start + 1
        }
        return nil
    }

    private static let classes = UInt8(ascii: "2")...UInt8(ascii: "5")
    private static let dot = UInt8(ascii: ".")...UInt8(ascii: ".")

    /// A status code that begins at `start` and ends at a border, with where it ends.
    static func parse(_ bytes: Span<UInt8>, at start: Int) -> (status: EnhancedStatus, end: Int)? {
        guard start + 4 < bytes.count else { return nil }
        let statusClass = bytes[start] &- 0x30
        guard statusClass == 2 || statusClass == 4 || statusClass == 5, bytes[start + 1] == UInt8(ascii: "."),
            let subject = number(bytes, at: start + 2), subject.end < bytes.count,
            bytes[subject.end] == UInt8(ascii: "."),
            let detail = number(bytes, at: subject.end + 1)
        else { return nil }
        if detail.end < bytes.count {
            let following = bytes[detail.end]
            if following.isASCIIAlphanumeric || following == UInt8(ascii: "_") { return nil }
            if following == UInt8(ascii: "."), detail.end + 1 < bytes.count, bytes[detail.end + 1].isASCIIDigit {
                return nil
            }
        }
        return (EnhancedStatus(statusClass, subject.value, detail.value), detail.end)
    }

    /// One to three digits without a leading zero.
    private static func number(_ bytes: Span<UInt8>, at start: Int) -> (value: UInt16, end: Int)? {
        var value: UInt16 = 0
        var end = start
        while end < bytes.count, bytes[end].isASCIIDigit {
            guard end - start < 3 else { return nil }
            value = value * 10 + UInt16(bytes[end] - 0x30)
            end += 1
        }
        guard end > start, end == start + 1 || bytes[start] != 0x30 else { return nil }
        return (value, end)
    }

    /// Whether what stands before `start` lets a status code begin there: no part of a longer number or name, no
    /// version.
    private static func isBorder(_ text: Span<UInt8>, before start: Int) -> Bool {
        guard start > 0 else { return true }
        let previous = text[start - 1]
        if previous.isASCIIAlphanumeric || previous == UInt8(ascii: ".") || previous == UInt8(ascii: "_")
            || previous == UInt8(ascii: "/")
        {
            return false
        }
        let before = text.extracting(..<(start - 1))
        return !(before.hasSuffix("version") || before.hasSuffix("release"))
    }
}

extension EnhancedStatus: CustomStringConvertible {
    /// Made without interpolation: every record and every reply has one.
    package var description: String {
        String(unsafeUninitializedCapacity: 17) { room in
            var count = 0
            Self.write(UInt16(statusClass), room, &count)
            room[count] = UInt8(ascii: ".")
            count += 1
            Self.write(subject, room, &count)
            room[count] = UInt8(ascii: ".")
            count += 1
            Self.write(detail, room, &count)
            return count
        }
    }

    private static func write(_ number: UInt16, _ room: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int) {
        if number >= 10 { write(number / 10, room, &count) }
        room[count] = UInt8(ascii: "0") + UInt8(number % 10)
        count += 1
    }
}
