// What is dropped when it is old: events, and addresses that nothing is known of any more.

extension Store {
    /// Drops what is older and bears on no address any more. Kept are what operators decided, and of an address that is suppressed or
    /// held all up to the failure that decided, so that it is judged the same by what is left. Returns how many events went.
    ///
    /// Temporary failures go with the deliveries that end a row of them, and failures of an alias's members with those of the others: one
    /// without the other would be counted wrongly. Both are kept for longer than a failure counts (`soft_memory_days`).
    package func dropOld(at time: Int64, keepEventsDays: Int, keepDeliveriesDays: Int) throws -> Int {
        let oldestEvent = Value.integer(time - Int64(keepEventsDays) * Milliseconds.day)
        let oldestDelivery = Value.integer(time - Int64(keepDeliveriesDays) * Milliseconds.day)
        return try database.write {
            let dropped = try database.run(
                """
                DELETE FROM event WHERE time < $1
                AND (event = 'delivery' OR disposition = 'soft' OR member IS NOT NULL OR (time < $2 AND event <> 'reversal'))
                AND NOT EXISTS (
                    SELECT 1 FROM address JOIN event AS cause ON cause.id = address.cause
                    WHERE address.address = event.address AND cause.time >= event.time)
                """, [oldestDelivery, oldestEvent])
            // Where a release is kept, how the address stands is kept too: what it took back stays so if it is told again.
            try database.run(
                """
                DELETE FROM address WHERE last_time < $1
                AND NOT EXISTS (SELECT 1 FROM event WHERE event.address = address.address)
                """, [oldestEvent])
            try database.run("DELETE FROM incident WHERE last < $1", [oldestEvent])
            return dropped
        }
    }
}
