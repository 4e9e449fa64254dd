// Strikes as they stand in one column: a line each, time, message and campaign parted by tabs.

extension Strike {
    static func encode(_ strikes: [Strike]) -> String {
        strikes.map { "\($0.time)\t\($0.message)\t\($0.campaign)" }.joined(separator: "\n")
    }

    /// Nil for a text that `encode` has not made.
    static func decode(_ text: String) -> [Strike]? {
        if text.isEmpty { return [] }
        var strikes: [Strike] = []
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            }
            guard fields.count == 3, let time = Int64(fields[0]) else { return nil }
            strikes.append(Strike(time: time, message: fields[1], campaign: fields[2]))
        }
        return strikes
    }
}
