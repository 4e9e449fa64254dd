// Whose suppression list a file is, told by its header, and which of its columns says what.

/// The services whose lists are known, and plain lists.
package enum ListFormat: String, Sendable, Hashable, CaseIterable {
    case ses, sendgrid, mailgun, postmark, sparkpost, mailchimp, listmonk, csv
}

/// A header that was understood.
package struct ListColumns: Sendable, Hashable {
    package var format: ListFormat
    /// What a row is on the list for where no column says so.
    package var cause: ListCause
    package var address: Int
    /// Whose word says what the row is on the list for.
    package var reason: Int?
    /// The reply's text, its enhanced status code and its code.
    package var diagnostic: Int?
    package var status: Int?
    package var reply: Int?
    package var time: Int?
    /// When the suppression ends by itself, as this program's own lists tell.
    package var until: Int?
    /// Only rows with this word in the column are suppressed: listmonk's list has all subscribers.
    var only: Only?

    /// Whether a reason may be any text: services have words of their own.
    var hasFreeReasons: Bool { format == .csv || format == .ses }

    struct Only: Sendable, Hashable {
        var column: Int
        var word: String
    }
}

/// Why an address is on somebody's suppression list.
package enum ListCause: Sendable, Hashable {
    case bounce
    case complaint
    /// Asked for no more mail, or was put on the list by hand.
    case optOut
    /// Blocks and soft bounces, which say nothing of the address for good.
    case passing

    /// By the words of the services and of plain lists; nil for any other.
    init?(_ word: String) {
        switch columnName(word) {
        case "bounce", "bounced", "bounces", "hardbounce", "hardbounced", "hardbounces", "hard", "invalid",
            "invalidemail", "bouncerule", "cleaned", "undeliverable", "permanent":
            self = .bounce
        case "complaint", "complaints", "complained", "spamcomplaint", "spam", "spamreport", "markedasspam", "abuse",
            "abusecomplaint", "abusereport", "feedbackloop", "fbl":
            self = .complaint
        case "unsubscribe", "unsubscribed", "unsubscribes", "unsubscription", "listunsubscribe", "unsubscribelink",
            "unsub", "optout", "optedout", "donotmail", "donotemail", "donotcontact", "manualsuppression", "manual",
            "manuallyadded", "compliance", "blocklisted", "blacklisted", "normal", "nosignup", "inappropriate", "other",
            "suppressed":
            self = .optOut
        case "softbounce", "softbounced", "softbounces", "soft", "block", "blocked", "blocks", "transient", "temporary",
            "deferred", "deferral", "delayed", "outofoffice", "autoreply", "undetermined":
            self = .passing
        default: return nil
        }
    }
}

/// The letters and digits of a header's word, in lower case: `Email Address`, `email_address` and `EmailAddress` are one, `Имя` and
/// `Почта` are two.
func columnName(_ word: String) -> String {
    let letters = word.unicodeScalars.filter { $0.properties.isAlphabetic || $0.properties.numericType != nil }
    return String(String.UnicodeScalarView(letters)).lowercased()
}

extension ListColumns {
    private static let addressNames = [
        "email", "emailaddress", "address", "recipient", "mail", "mailaddress", "subscriber", "emailadresse", "adresse",
    ]
    private static let timeNames = [
        "created", "createdat", "lastupdatetime", "updated", "updatedat", "time", "timestamp", "date", "since",
        "unsubtime", "cleantime",
    ]

    /// Reads the first row of a list, which is its header or has an address already. The addresses are in the column of that name,
    /// else in the one that is named as such columns are.
    package static func read(
        firstRow row: [String], column name: String?
    ) throws(ListError) -> (columns: ListColumns, isHeader: Bool) {
        if let name {
            guard let column = Self.column(name, in: row),
                let columns = ListColumns(header: row, address: column)
            else { throw .noSuchColumn(name, header: ListError.shown(row)) }
            return (columns, true)
        }
        if let columns = ListColumns(header: row) { return (columns, true) }
        if let columns = ListColumns(firstRow: row) { return (columns, false) }
        throw .noAddressColumn(ListError.shown(row))
    }

    /// The column of just that name, else of one that differs in case and in what stands between its parts.
    private static func column(_ name: String, in header: [String]) -> Int? {
        if let column = header.firstIndex(of: name) { return column }
        let letters = columnName(name)
        return letters.isEmpty ? nil : header.firstIndex { columnName($0) == letters }
    }

    /// Reads a header; nil where no column of addresses is in it.
    package init?(header: [String], address: Int? = nil) {
        let names = header.map(columnName)
        func column(_ wanted: String...) -> Int? { wanted.lazy.compactMap { names.firstIndex(of: $0) }.first }
        let known = address ?? Self.addressNames.lazy.compactMap { names.firstIndex(of: $0) }.first
        guard let address = known else { return nil }
        self.init(format: .csv, cause: .optOut, address: address)
        time = Self.timeNames.lazy.compactMap { names.firstIndex(of: $0) }.first

        if let suppression = column("suppressionreason") {
            format = .postmark
            reason = suppression
        } else if column("cleantime", "cleancampaigntitle", "cleancampaignid") != nil {
            format = .mailchimp
            cause = .bounce
            time = column("cleantime")
        } else if column("unsubtime", "unsubcampaigntitle", "unsubcampaignid") != nil {
            format = .mailchimp
            reason = column("unsubreason")
            time = column("unsubtime")
        } else if column("uuid") != nil, let status = column("status"), column("attributes", "name") != nil {
            format = .listmonk
            only = Only(column: status, word: "blocklisted")
            time = column("updatedat")
        } else if column("recipient") == address, column("type", "transactional", "nontransactional", "source") != nil {
            format = .sparkpost
            reason = column("source")
            diagnostic = column("description")
        } else if column("createdat") != nil, names[address] == "address",
            column("code", "error", "tags") != nil || names.count == 2
        {
            format = .mailgun
            diagnostic = column("error")
            reply = column("code")
            if diagnostic != nil || reply != nil {
                cause = .bounce
            } else if column("tags") == nil {
                cause = .complaint
            }
        } else if column("created") != nil, names[address] == "email",
            names.allSatisfy({ ["status", "reason", "email", "created", "ip"].contains($0) })
        {
            format = .sendgrid
            diagnostic = column("reason")
            status = column("status")
            if diagnostic != nil { cause = .bounce } else if column("ip") != nil { cause = .complaint }
        } else if column("lastupdatetime") != nil || names == ["emailaddress", "reason"] {
            format = .ses
            cause = .bounce
            reason = column("reason")
        } else {
            reason = column("reason", "type", "category", "cause", "event", "status")
            diagnostic = column("diagnostic", "error", "description", "message")
            status = column("status")
            reply = column("reply", "code")
            until = column("until")
        }
    }

    /// A list without a header, told by its first row: an address, and behind it nothing, or why it is there (SES: `BOUNCE` or
    /// `COMPLAINT`). `From: Anna <anna@partner.example>` begins a message.
    init?(firstRow: [String]) {
        guard let first = firstRow.first, ListAddress.parse(first) != nil, !first.contains(": ") else { return nil }
        self.init(format: .csv, cause: .optOut, address: 0)
        guard firstRow.count > 1 else { return }
        // Where there are more columns, any may stand behind the address.
        let isAlone = firstRow.count == 2 && ListTime.milliseconds(firstRow[1]) == nil
        if isAlone || ListCause(firstRow[1]) != nil { reason = 1 }
        if firstRow.count == 2, ["BOUNCE", "COMPLAINT"].contains(firstRow[1]) { format = .ses }
    }

    private init(format: ListFormat, cause: ListCause, address: Int) {
        self.format = format
        self.cause = cause
        self.address = address
    }
}
