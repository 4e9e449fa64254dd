// The lines of a notice, and what lines are read by.

import MailSyntax

/// The lines of a notice. Each is made a slice of the text when it is asked for.
struct NoticeLines: RandomAccessCollection {
    let text: Bytes
    let places: [Range<Int>]

    var startIndex: Int { 0 }
    var endIndex: Int { places.count }

    subscript(index: Int) -> Bytes { text[places[index]] }

    /// Without the blank line behind each line, where a gateway or a page wrote one. It is known by the blank lines that were there
    /// before, which are three then.
    static func singleSpaced(_ places: [Range<Int>]) -> [Range<Int>] {
        guard let first = places.firstIndex(where: { !$0.isEmpty }) else { return places }
        var last = first
        var hasThree = false
        for index in (first + 1)..<places.count where !places[index].isEmpty {
            // Lines that follow each other, and two blank ones between two lines, are in no such text.
            if (index - last) % 2 == 1 { return places }
            hasThree = hasThree || index - last == 4
            last = index
        }
        return hasThree ? stride(from: first, to: places.count, by: 2).map { places[$0] } : places
    }

    /// With sentences on one line that were wrapped, where there are such: a line as long as wrapped ones are goes on in the next one,
    /// which is as deep and is no label, address or reply.
    func unwrapped() -> NoticeLines? { joined(where: goesOn) }

    /// With lists of addresses on one line that are part of a sentence and were wrapped, where there are such: "to a@b, c@d and" and
    /// "e@f because", "to a@b" and "and c@d".
    func withWholeLists() -> NoticeLines? { joined(where: goesOnWithList) }

    private func joined(where goesOn: (Int) -> Bool) -> NoticeLines? {
        guard indices.dropFirst().contains(where: { goesOn($0) }) else { return nil }
        var joined: [UInt8] = []
        joined.reserveCapacity(text.count)
        var places: [Range<Int>] = []
        for index in indices {
            if index > 0, goesOn(index) {
                joined.append(0x20)
                joined += self[index].trimmed
                places[places.count - 1] = places[places.count - 1].lowerBound..<joined.count
            } else {
                let start = joined.count
                joined += self[index]
                places.append(start..<joined.count)
            }
        }
        return NoticeLines(text: joined[...], places: places)
    }

    /// Whether the sentence of the line above goes on in a line.
    private func goesOn(in index: Int) -> Bool {
        let (above, line) = (self[index - 1], self[index])
        guard above.count >= Self.wrappedBytes, let last = above.last, let first = line.trimmed.first,
            above.indentation == line.indentation, last != UInt8(ascii: ":"), last != UInt8(ascii: "."),
            first != UInt8(ascii: ">"), !first.isASCIIDigit
        else { return false }
        let label = AddressLabel.label(of: line)
        return (label.isEmpty || label.count > Self.labelBytes)
            && AddressLine(line)?.isAlone != true && AddressLine(above)?.isAlone != true
    }

    /// Whether a line goes on with the addresses in which the sentence of the line above ends.
    private func goesOnWithList(in index: Int) -> Bool {
        let (above, line) = (self[index - 1], self[index])
        guard let last = above.lastIndex(ofByte: UInt8(ascii: "@")), line.contains(UInt8(ascii: "@")),
            above.indentation == line.indentation, AddressLabel.label(of: above).isEmpty, AddressLine(above) == nil
        else { return false }
        let words = above[last...].drop { $0 > 0x20 && $0 != UInt8(ascii: ",") }
        if AddressLine(line, afterRulers: false) != nil {
            return !words.isEmpty && AddressLine.isGap(words)
        }
        guard words.isEmpty, let end = line.trimmed.firstIndex(ofByte: 0x20) else { return false }
        return AddressLine.isGap(line[..<end]) && AddressLine(line[end...], afterRulers: false) != nil
    }

    private static let wrappedBytes = 45
    private static let labelBytes = 24
}

extension Bytes {
    /// How many spaces it begins with; a tab counts as one step of eight.
    var indentation: Int {
        var count = 0
        for byte in self {
            switch byte {
            case 0x20: count += 1
            case 0x09: count += 8
            default: return count
            }
        }
        return count
    }

    /// Without white space and rulers at both ends.
    var withoutRulers: Bytes {
        guard let first = firstIndex(where: { !PhraseTable.isRuler($0) }) else { return self[endIndex...] }
        let last = lastIndex { !PhraseTable.isRuler($0) } ?? first
        return self[first...last]
    }
}
