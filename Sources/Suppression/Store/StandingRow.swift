// How an address stands, as a row of table `address`.

extension Standing {
    static let columns =
        "address, state, since, until, ground, cause, strikes, doubt, last_delivery, last_time, last_id"

    static var rows: RowBatch {
        RowBatch(
            "address",
            [
                ("address", .text), ("state", .text), ("since", .integer), ("until", .integer), ("ground", .text),
                ("cause", .text), ("strikes", .text), ("doubt", .text), ("last_delivery", .integer),
                ("last_time", .integer), ("last_id", .text),
            ],
            onConflict: """
                (address) DO UPDATE SET state = excluded.state, since = excluded.since, until = excluded.until,
                ground = excluded.ground, cause = excluded.cause, strikes = excluded.strikes, doubt = excluded.doubt,
                last_delivery = excluded.last_delivery, last_time = excluded.last_time, last_id = excluded.last_id
                """)
    }

    /// The word in column `state`.
    package enum State: String, Sendable { case clear, suppressed, held }

    package var state: State { suppression != nil ? .suppressed : held != nil ? .held : .clear }

    func append(to rows: inout RowBatch, _ address: String) {
        let reason = suppression ?? held
        rows.append(address)
        rows.append(state.rawValue)
        rows.append(reason?.since)
        rows.append(reason?.until)
        rows.append(reason?.ground.rawValue)
        rows.append(reason?.cause)
        rows.append(strikes.isEmpty ? nil : Strike.encode(strikes))
        rows.append(doubt.map { Strike.encode([$0]) })
        rows.append(lastDelivery)
        rows.append(lastTime)
        rows.append(lastID)
    }

    /// Nil for a row that no store wrote.
    init?(_ row: [Value]) {
        self.init()
        guard row.count == 11, let state = row[1].text.flatMap(State.init(rawValue:)),
            let strikes = Strike.decode(row[6].text ?? ""), let doubt = Strike.decode(row[7].text ?? ""),
            let lastTime = row[9].integer, let lastID = row[10].text
        else { return nil }
        self.strikes = strikes
        self.doubt = doubt.first
        self.lastTime = lastTime
        self.lastID = lastID
        lastDelivery = row[8].integer
        if state == .clear { return }
        guard let since = row[2].integer, let ground = row[4].text.flatMap(Ground.init(rawValue:)),
            let cause = row[5].text
        else { return nil }
        let reason = Suppression(since: since, until: row[3].integer, ground: ground, cause: cause)
        if state == .held { held = reason } else { suppression = reason }
    }
}
