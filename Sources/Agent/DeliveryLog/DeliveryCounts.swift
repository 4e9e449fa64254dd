// What the log told of deliveries, counted for one line an hour: deliveries are not recorded unless record_deliveries is true.

import DeliveryLog

struct DeliveryCounts {
    private var deliveries = 0
    private var deferrals = 0
    private var bounces = 0
    private var since: Int64?

    private static let hourMilliseconds: Int64 = 3_600_000

    mutating func count(_ attempt: DeliveryAttempt) {
        switch attempt.outcome {
        case .sent: deliveries += attempt.to.count
        case .deferred: deferrals += attempt.to.count
        case .bounced: bounces += attempt.to.count
        }
    }

    /// A line for the log, once an hour has passed in which there was anything; the counts then begin anew.
    mutating func hourlyLine(_ nowMilliseconds: Int64) -> String? {
        guard let since else {
            since = nowMilliseconds
            return nil
        }
        guard nowMilliseconds - since >= Self.hourMilliseconds else { return nil }
        self.since = nowMilliseconds
        return lastLine()
    }

    /// What was counted since the last line; nil for nothing.
    mutating func lastLine() -> String? {
        guard deliveries + deferrals + bounces > 0 else { return nil }
        defer { (deliveries, deferrals, bounces) = (0, 0, 0) }
        return
            "delivery log: \(deliveries) deliveries, \(deferrals) deferrals, \(bounces) bounces since the last such line"
    }
}
