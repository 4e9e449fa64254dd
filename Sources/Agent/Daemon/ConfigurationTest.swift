// What -n looks at beside the file itself: the user, the groups, the rules, and the folders as that user finds them.

import Glibc
import POSIX

enum ConfigurationTest {
    /// Goes as far as the daemon would before it makes a file; the process is the daemon's user's after it. A `Failure` is what the
    /// daemon would end with. Returned is what need not keep it from starting: a folder that is not there may be made by the service
    /// manager.
    static func run(_ options: Options) throws(Failure) -> [String] {
        let configuration = try Startup.configuration(options)
        let privileges = try Privileges(configuration)
        let rules = try Startup.rules(configuration)
        let isRoot = geteuid() == 0
        try privileges.drop(allowRoot: configuration.allowRoot)
        _ = try Startup.examiner(configuration, rules)
        var warnings: [String] = []
        if let warning = outboundWarning(configuration) { warnings.append(warning) }
        if privileges.areGivenAway, let obstacle = Startup.obstacleToReload(options) { warnings.append(obstacle) }
        // Anybody may test a file; only root and the daemon's user can tell what that user finds.
        guard isRoot || configuration.user.split(separator: ":").first.map(String.init) == Users.ownName
        else {
            return warnings
        }
        warnings += try NeededFolder.missing(configuration).map(\.words)
        warnings += try Startup.journalWarnings(configuration)
        if let warning = try logWarning(configuration.deliveryLog.path) { warnings.append(warning) }
        return warnings
    }

    /// What is done with outbound mail is not done with that of programs of this host, which mostly come without a login.
    static func outboundWarning(_ configuration: Configuration) -> String? {
        guard configuration.outboundNetworks.isEmpty else { return nil }
        let options = [
            ("stamp.key_files", !configuration.stampKeyFiles.isEmpty),
            ("return_path.sign", !configuration.returnPathSign.isEmpty),
            ("sent_mail.folder", !configuration.sentMailFolder.isEmpty),
            ("refused_recipients", configuration.refusedRecipients),
            ("campaign_header", !configuration.campaignHeader.isEmpty),
        ].filter(\.1).map(\.0)
        guard !options.isEmpty else { return nil }
        return
            "outbound_networks is empty: mail that programs hand to port 25 without a login, as over 127.0.0.1, is not outbound, and "
            + "\(options.joined(separator: ", ")) \(options.count > 1 ? "do" : "does") nothing for it; "
            + "where there is such mail: outbound_networks = [\"127.0.0.0/8\", \"::1\"]"
    }

    /// The daemon would wait for a log until it can be read; who tests wants to hear that it cannot. A log that is not there may come.
    private static func logWarning(_ path: String) throws(Failure) -> String? {
        guard !path.isEmpty else { return nil }
        let option = "delivery_log.path: \(path)"
        do throws(SystemError) {
            try Files.access(path, R_OK)
            guard try Files.status(of: path)?.form == .directory else { return nil }
        } catch {
            switch error.code {
            case ENOENT: return "\(option): \(error.reason); it is waited for"
            case EACCES:
                let user = Users.ownName
                throw Failure(
                    .noPermission,
                    "\(option): \(error.reason): user \(user) cannot read it; on Debian: adduser \(user) adm")
            default: throw Failure(.configuration, "\(option): \(error.reason)")
            }
        }
        throw Failure(.configuration, "\(option): is a folder: name the log's file in it")
    }
}
