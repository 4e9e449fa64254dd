// What a site can set of the store: bounce-store.toml(5).

import Glibc
import TOMLOptions
import Vocabulary

/// The configuration, with the defaults that hold where the file says nothing.
package struct StoreConfiguration: Sendable, Equatable {
    /// `sqlite:PATH`, `postgresql:CONNINFO` or a `postgresql://` URI.
    package var store = "sqlite:/var/lib/bounce-milter/store.sqlite"
    /// The journals to follow: PATH or NAME=PATH.
    package var journals = ["/var/lib/bounce-milter/journal"]
    /// Where what an operator decides is written down.
    package var ownJournal = "/var/lib/bounce-milter/reversals"
    /// Empty: the shipped rules, with the site's own over them.
    package var rulesDir = ""
    /// A file with a secret; empty for readable addresses.
    package var hashAddresses = ""
    package var keepEventsDays = 400
    package var keepDeliveriesDays = 120
    package var policy = Policy()

    package init() {}

    package init(_ file: OptionFile) throws(ConfigurationError) {
        self.init()
        try file.read(Self.options, Self.agreements, into: &self, kind: .store, other: .agent)
    }

    private static let agreements: [OptionAgreement<StoreConfiguration>] = [
        OptionAgreement(
            "own_journal", "journals",
            reason:
                "own_journal must be none of journals, which the agents alone write: name a file of its own, which is followed without being one of journals"
        ) { configuration in
            !configuration.journals.contains { text in
                JournalName(text).map { isSameFile($0.path, configuration.ownJournal) } ?? false
            }
        },
        OptionAgreement(
            "keep_deliveries_days", "soft_memory_days",
            reason: "keep_deliveries_days must be more than soft_memory_days: a delivery resets what is remembered"
        ) {
            $0.keepDeliveriesDays > $0.policy.softMemoryDays
        },
        OptionAgreement(
            "keep_events_days", "keep_deliveries_days",
            reason: "keep_events_days must not be less than keep_deliveries_days"
        ) {
            $0.keepEventsDays >= $0.keepDeliveriesDays
        },
        OptionAgreement("trust_twice", "trust", reason: "trust and trust_twice must not name the same level") {
            Set($0.policy.trust).isDisjoint(with: $0.policy.trustTwice)
        },
    ]

    /// All options, in the order of the sample file and the manual.
    package static let options: [TOMLOption<StoreConfiguration>] = [
        .text("store", \.store, "sqlite:PATH with an absolute path, or postgresql:CONNINFO") {
            StoreAddress($0) != nil
        },
        .list(
            "journals", \.journals,
            "absolute paths, each with NAME= before it where the name is not to be this host's", needsOne: true
        ) {
            JournalName($0) != nil
        },
        .text("own_journal", \.ownJournal, "the absolute path of a file") { $0.utf8.first == UInt8(ascii: "/") },
        .path("rules_dir", \.rulesDir, emptyFor: "the shipped rules"),
        .path("hash_addresses", \.hashAddresses, emptyFor: "readable addresses"),
        .number("keep_events_days", \.keepEventsDays, 31...36_500, "days"),
        .number("keep_deliveries_days", \.keepDeliveriesDays, 2...36_500, "days"),
        .choices("trust", \.policy.trust, of: levels),
        .choices("trust_twice", \.policy.trustTwice, of: levels),
        .number("independent_hours", \.policy.independentHours, 1...8_760, "hours"),
        .number("soft_failures", \.policy.softFailures, 1...Standing.strikeLimit, "failures"),
        .number("soft_days", \.policy.softDays, 0...365, "days"),
        .number("soft_memory_days", \.policy.softMemoryDays, 1...3_650, "days"),
        .number("soft_expiry_days", \.policy.softExpiryDays, 1...3_650, "days"),
        .number("full_expiry_days", \.policy.fullExpiryDays, 1...3_650, "days"),
        .number("disabled_expiry_days", \.policy.disabledExpiryDays, 0...3_650, "days"),
        .number("incident_quiet_hours", \.policy.incidentQuietHours, 1...8_760, "hours"),
        .number("hold_took_mail_days", \.policy.hold.tookMailDays, 0...365, "days"),
        .number("hold_decide_hours", \.policy.hold.decideHours, 1...168, "hours"),
        .number("hold_give_up_days", \.policy.hold.giveUpDays, 1...365, "days"),
    ]

    /// A forged report never counts.
    private static let levels: [Trust] = [.local, .verified, .matched, .unverified]
}

/// Where a store is.
package enum StoreAddress: Sendable, Equatable {
    case sqlite(path: String)
    case postgresql(connectionString: String)

    /// Nil for what option `store` cannot be.
    package init?(_ text: String) {
        if let path = text.suffix(behind: "sqlite:") {
            guard path.utf8.first == UInt8(ascii: "/") else { return nil }
            self = .sqlite(path: path)
        } else if text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") {
            self = .postgresql(connectionString: text)
        } else if let conninfo = text.suffix(behind: "postgresql:") {
            self = .postgresql(connectionString: conninfo)
        } else {
            return nil
        }
    }

    /// Opens it; a file only to be read is not made.
    package func open(readOnly: Bool = false) throws -> any StoreDatabase {
        switch self {
        case .sqlite(let path): try SQLiteDatabase(path: path, readOnly: readOnly)
        case .postgresql(let connectionString): try PostgreSQLDatabase(connectionString: connectionString)
        }
    }
}

/// One of `journals`.
package struct JournalName: Sendable, Hashable {
    /// Nil where the store calls it by this host's name and the path.
    private let given: String?
    package let path: String

    /// `PATH` or `NAME=PATH` with an absolute path; nil for anything else.
    package init?(_ text: String) {
        if text.utf8.first == UInt8(ascii: "/") {
            given = nil
            path = text
        } else {
            guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")), equals > text.startIndex else { return nil }
            given = String(text[..<equals])
            path = String(text[text.utf8.index(after: equals)...])
            guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        }
    }

    /// What the store calls it.
    package func name(host: String) -> String { given ?? "\(host):\(path)" }
}

/// Whether two paths name one file, be it by a link.
package func isSameFile(_ path: String, _ other: String) -> Bool {
    if path == other { return true }
    var (status, otherStatus) = (stat(), stat())
    return stat(path, &status) == 0 && stat(other, &otherStatus) == 0
        && (status.st_dev, status.st_ino) == (otherStatus.st_dev, otherStatus.st_ino)
}

extension String {
    fileprivate func suffix(behind prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
