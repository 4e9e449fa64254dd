// The options of bounce-milter.toml: name, what the value must be, and where it goes. The one list that the file's reader,
// conf/bounce-milter.toml and bounce-milter.toml(5) are checked against.

import DeliveryLog
import Milter
import ReturnPath
import TOMLOptions

/// What bounce-milter.toml can set.
package enum ConfigurationOption {
    /// All of them, in the order of the sample file and the manual.
    package static let all: [TOMLOption<Configuration>] = [
        .text(
            "socket", \.socket,
            "unix:PATH with an absolute path, inet:PORT@HOST (as inet:8891@127.0.0.1) or inet6:PORT@HOST"
        ) {
            (try? MilterSocket($0)) != nil
        }.restart,
        .text("socket_group", \.socketGroup, "the name of a group, or empty for the daemon's own").restart,
        .text("socket_mode", \.socketMode, "a mode in octal digits, as \"0660\"") { octalMode($0) != nil }.restart,
        .number("backlog", \.backlog, 1...65_535, "connections").restart,
        .number("timeout_seconds", \.timeoutSeconds, 10...86_400, "seconds").restart,
        .text("user", \.user, "USER or USER:GROUP") { !$0.isEmpty }.restart,
        .flag("allow_root", \.allowRoot).restart,
        .path("pid_file", \.pidFile, emptyFor: "none").restart,
        .choice("log", \.log).restart,
        .text("journal", \.journal, "the absolute path of a file") { $0.utf8.first == UInt8(ascii: "/") }.restart,
        .number("journal_max_bytes", \.journalMaxBytes, 65_536...(1 << 40), "bytes").restart,
        .number("journal_max_age_hours", \.journalMaxAgeHours, 1...87_600, "hours").restart,
        .flag("refused_recipients", \.refusedRecipients).restart,
        .text("campaign_header", \.campaignHeader, "the name of a header field, as \"List-ID\", or empty for none") {
            $0.utf8.count <= 76 && $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
        }.restart,
        .number("recent_ids", \.recentIDs, 0...10_000_000, "ids").restart,
        .choice("log_level", \.logLevel),
        .choice("on_journal_failure", \.onJournalFailure),
        .path("rules_dir", \.rulesDir, emptyFor: "the shipped rules"),
        .list(
            "bounce_addresses", \.bounceAddresses,
            "addresses such as \"bounces+*@example.com\" or \"@bounces.example.com\""
        ) {
            AddressPattern($0) != nil
        },
        .list("outbound_daemons", \.outboundDaemons, "names of the MTA's daemons") { !$0.isEmpty },
        .list("outbound_networks", \.outboundNetworks, "addresses or networks such as \"192.0.2.0/24\"") {
            NetworkPattern($0) != nil
        },
        .list("dsn_daemons", \.dsnDaemons, "names of the MTA's daemons") { !$0.isEmpty },
        .choice("unverified_action", \.unverifiedAction),
        .flag("discard_captured", \.discardCaptured),
        .path("capture_dir", \.captureDir, emptyFor: "none"),
        .number("capture_max_bytes", \.captureMaxBytes, 65_536...(1 << 40), "bytes"),
        .number("capture_max_age_days", \.captureMaxAgeDays, 1...3_650, "days"),
        .list("stamp.key_files", \.stampKeyFiles, "absolute paths") { $0.utf8.first == UInt8(ascii: "/") },
        .number("stamp.max_age_days", \.stampMaxAgeDays, 1...3_650, "days"),
        .list("return_path.sign", \.returnPathSign, "senders such as \"news@example.com\" or \"@news.example.com\"") {
            AddressPattern($0) != nil
        },
        .text("return_path.delimiter", \.returnPathDelimiter, "one of + - = # _") {
            $0.utf8.count == 1 && "+-=#_".contains($0)
        },
        .list(
            "return_path.verp", \.returnPathVERP,
            "addresses with one * before the @, such as \"news+*@example.com\""
        ) {
            VERPPattern($0) != nil
        },
        .path("sent_mail.folder", \.sentMailFolder, emptyFor: "none").restart,
        .number("sent_mail.max_bytes", \.sentMailMaxBytes, (8 << 20)...(1 << 40), "bytes").restart,
        .number("sent_mail.max_age_days", \.sentMailMaxAgeDays, 1...3_650, "days").restart,
        .number("max_message_bytes", \.maxMessageBytes, 4_096...(1 << 30), "bytes"),
        .number("max_header_bytes", \.maxHeaderBytes, 4_096...(1 << 26), "bytes"),
        .number("max_field_bytes", \.maxFieldBytes, 256...(1 << 24), "bytes"),
        .number("max_line_bytes", \.maxLineBytes, 256...(1 << 20), "bytes"),
        .number("max_nesting_depth", \.maxNestingDepth, 2...100, "levels"),
        .number("max_parts", \.maxParts, 4...100_000, "parts"),
        .number("max_recipients", \.maxRecipients, 1...1_000_000, "recipients"),
        .number("max_records_bytes", \.maxRecordsBytes, 65_536...(1 << 30), "bytes"),
        .path("delivery_log.path", \.deliveryLog.path, emptyFor: "none"),
        .list(
            "delivery_log.syslog_names", \.deliveryLog.syslogNames,
            "names of programs such as \"postfix-out\" or \"postfix*\""
        ) {
            SyslogNames.isPattern($0)
        },
        .flag("delivery_log.record_deliveries", \.deliveryLog.recordDeliveries),
    ]
}

/// The mode that octal digits name, up to 0777; nil where they are none.
func octalMode(_ text: String) -> UInt32? {
    guard let mode = UInt32(text, radix: 8), mode <= 0o777, !text.hasPrefix("+") else { return nil }
    return mode
}
