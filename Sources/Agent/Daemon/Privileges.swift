// Giving root away. What listens to mail keeps no privilege; to stay root takes a word in the configuration.

import Glibc
import POSIX

/// The user, group and socket's group that the configuration names, looked up while root still can.
struct Privileges {
    private var userName = ""
    private var target: (user: uid_t, group: gid_t)?
    /// The group that the socket is given to.
    let socketGroup: gid_t?

    init(_ configuration: Configuration) throws(Failure) {
        socketGroup =
            configuration.socketGroup.isEmpty ? nil : try Self.group(configuration.socketGroup, option: "socket_group")
        guard geteuid() == 0 else { return }
        let words = configuration.user.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            .map(String.init)
        guard let name = words.first, !configuration.user.isEmpty else { return }
        guard let user = Users.user(named: name) else {
            let advice =
                name.isEmpty ? "" : "; make one: adduser --system --group --home /var/lib/bounce-milter \(name)"
            throw Failure(.noUser, "user: no such user: \"\(name)\"\(advice)")
        }
        let group = words.count > 1 ? try Self.group(words[1], option: "user") : user.group
        userName = name
        target = (user.user, group)
    }

    private static func group(_ name: String, option: String) throws(Failure) -> gid_t {
        guard let group = Users.group(named: name) else {
            throw Failure(.noUser, "\(option): no such group: \"\(name)\"")
        }
        return group
    }

    /// Whether `drop` makes this process another user's.
    var areGivenAway: Bool { target.map { $0.user != 0 } ?? false }

    /// Becomes the configured user, when started as root; a `Failure` where the process would run as root without leave to.
    func drop(allowRoot: Bool) throws(Failure) {
        if let target, target.user != 0 {
            do throws(SystemError) {
                try Processes.become(
                    userName: userName, user: target.user, group: target.group, extraGroup: socketGroup)
            } catch {
                throw Failure(.osError, "cannot become \(userName): \(error)")
            }
            guard setuid(0) != 0, getuid() == target.user, geteuid() == target.user else {
                throw Failure(.osError, "cannot become \(userName): root can be had back")
            }
        }
        guard geteuid() != 0 || allowRoot else {
            throw Failure(.noPermission, "refuses to run as root: set user to another than root, or allow_root = true")
        }
    }
}
