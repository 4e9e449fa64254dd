// What is dropped when it is old: events, and addresses that nothing is known of any more.

extension Store {
    /// Drops what is older. Never a reason for a suppression, nor what an operator decided: who is suppressed stays so. Returns how
    /// many events went.
    package func dropOld(at time: Int64, keepEventsDays: Int, keepDeliveriesDays: Int) throws -> Int {
        let oldestEvent = Value.integer(time - Int64(keepEventsDays) * Milliseconds.day)
        let oldestDelivery = Value.integer(time - Int64(keepDeliveriesDays) * Milliseconds.day)
        return try database.write {
            var dropped = try database.run(
                "DELETE FROM event WHERE time < $1 AND event = 'delivery'", [oldestDelivery])
            dropped += try database.run(
                """
                DELETE FROM event WHERE time < $1 AND event <> 'reversal'
                AND NOT EXISTS (SELECT 1 FROM address WHERE address.address = event.address AND address.cause = event.id)
                """, [oldestEvent])
            try database.run(
                "DELETE FROM address WHERE last_time < $1 AND state = 'clear' AND strikes IS NULL AND doubt IS NULL",
                [oldestEvent])
            try database.run("DELETE FROM incident WHERE last < $1", [oldestEvent])
            return dropped
        }
    }
}
