// What a site can set: bounce-milter.toml(5). The names in the file and their checks are in ConfigurationOption.swift.

import DeliveryLog

/// The configuration, with the defaults that hold where the file says nothing.
package struct Configuration: Sendable, Equatable {
    // The daemon. A change needs a restart.
    /// Where the MTA connects, in libmilter's form: `unix:PATH`, `inet:PORT@HOST`, `inet6:PORT@HOST`.
    package var socket = "unix:/run/bounce-milter/bounce-milter.sock"
    /// The group that a unix socket is given to; empty is the daemon's own.
    package var socketGroup = ""
    /// The mode of a unix socket, in octal digits.
    package var socketMode = "0660"
    /// How many connections may wait to be accepted.
    package var backlog = 512
    /// How long libmilter waits for the MTA's next command.
    package var timeoutSeconds = 7210
    /// `USER` or `USER:GROUP`; only used when started as root.
    package var user = "bounce-milter"
    package var allowRoot = false
    /// Empty: none is written.
    package var pidFile = ""
    package var log = LogTarget.auto
    /// The file that is appended to; rotated ones lie beside it.
    package var journal = "/var/lib/bounce-milter/journal"
    package var journalMaxBytes = 64 << 20
    package var journalMaxAgeHours = 24
    /// How many ids of records are remembered, so that no fact is recorded twice; 0: none.
    package var recentIDs = 100_000

    /// Whether recipients of outbound mail that the MTA refuses are recorded.
    package var refusedRecipients = false
    /// The name of the header field that tells a message's campaign; empty: none does.
    package var campaignHeader = ""

    // What is read again on SIGUSR1.
    package var logLevel = LogThreshold.info
    package var onJournalFailure = JournalFailurePolicy.tempfail
    /// Empty: the shipped rules, with the site's own over them.
    package var rulesDir = ""
    /// Patterns; see `AddressPattern`.
    package var bounceAddresses: [String] = []
    /// Values of the MTA's `{daemon_name}` that mark submission by our own users.
    package var outboundDaemons = ["ORIGINATING"]
    /// Addresses and networks whose mail is our own; see `NetworkPattern`.
    package var outboundNetworks: [String] = []
    /// Values of `{daemon_name}` that mark the port at which Sendmail's own reports come in again.
    package var dsnDaemons = ["bounce-milter-dsn"]
    package var unverifiedAction = UnverifiedAction.classified
    package var discardCaptured = false
    /// Empty: nothing is kept.
    package var captureDir = ""
    package var captureMaxBytes = 64 << 20
    package var captureMaxAgeDays = 14

    // Proof that a report answers our own mail.
    /// The first key signs, all verify; see `SecretKey`. Empty: nothing is stamped.
    package var stampKeyFiles: [String] = []
    /// How long a stamp or a signed return path is good.
    package var stampMaxAgeDays = 30
    /// Senders whose mail gets a signed return path; see `AddressPattern`.
    package var returnPathSign: [String] = []
    /// One character: what an address extension begins with.
    package var returnPathDelimiter = "+"
    /// See `VERPPattern`.
    package var returnPathVERP: [String] = []
    /// The table `delivery_log`.
    package var deliveryLog = DeliveryLogConfiguration()

    /// Where it is remembered which messages went to whom. Empty: nowhere. The three need a restart.
    package var sentMailFolder = ""
    package var sentMailMaxBytes = 64 << 20
    package var sentMailMaxAgeDays = 30

    // Limits for one message. What is over them is cut off, and the log says so.
    /// Bytes of header and body that are kept, for each connection.
    package var maxMessageBytes = 1 << 20
    /// Bytes of the header that are kept.
    package var maxHeaderBytes = 256 << 10
    /// Bytes of one header field.
    package var maxFieldBytes = 102_400
    /// Bytes of one line of a notice in plain words.
    package var maxLineBytes = 4_096
    package var maxNestingDepth = 32
    package var maxParts = 2_000
    /// Recipients of one report.
    package var maxRecipients = 10_000
    /// Bytes of all records of one report.
    package var maxRecordsBytes = 16 << 20

    package init() {}
}

/// Which log of the MTA is followed, and what is recorded of it.
package struct DeliveryLogConfiguration: Sendable, Equatable {
    /// A file or a named pipe; empty: no log is followed.
    package var path = ""
    /// The names of programs whose lines count, as they stand before `/` or `[` in the log; see `SyslogNames`.
    package var syslogNames = SyslogNames.usual
    package var recordDeliveries = false

    package init() {}
}

/// Where log lines go.
package enum LogTarget: String, Sendable, CaseIterable {
    /// Standard error when in the foreground, else syslog.
    case auto
    case stderr, syslog
}

/// From which level on lines are logged.
package enum LogThreshold: String, Sendable, CaseIterable {
    case debug, info, warning, error
}

/// What the MTA is told of a message whose records cannot be written.
package enum JournalFailurePolicy: String, Sendable, CaseIterable {
    /// 451: the MTA tries again later, nothing is lost.
    case tempfail
    /// The message passes, its records are lost (and logged).
    case accept
}

/// What a report does that nothing proves to answer our own mail.
package enum UnverifiedAction: String, Sendable, CaseIterable {
    /// What the failure that it tells of would do; its trust is told, and the store decides.
    case classified
    /// Nothing.
    case none
}
