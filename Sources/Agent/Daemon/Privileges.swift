// Giving root away. What listens to mail keeps no privilege; to stay root takes a word in the configuration.

import Glibc

/// The user, group and socket's group that the configuration names, looked up while root still can.
struct Privileges {
    private var userName = ""
    private var target: (user: uid_t, group: gid_t)?
    /// The group that the socket is given to.
    let socketGroup: gid_t?

    init(_ configuration: Configuration) throws(Failure) {
        do throws(SystemError) {
            socketGroup =
                configuration.socketGroup.isEmpty
                ? nil : try SystemCalls.group(named: configuration.socketGroup)
            guard geteuid() == 0 else { return }
            let words = configuration.user.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                .map(String.init)
            guard let name = words.first, !configuration.user.isEmpty else { return }
            let user = try SystemCalls.user(named: name)
            let group = words.count > 1 ? try SystemCalls.group(named: words[1]) : user.group
            userName = name
            target = (user.user, group)
        } catch {
            throw Failure(.noUser, "\(error)")
        }
    }

    /// Becomes the configured user, when started as root; a `Failure` where the process would run as root without leave to.
    func drop(allowRoot: Bool) throws(Failure) {
        if let target, target.user != 0 {
            do throws(SystemError) {
                try SystemCalls.become(
                    userName: userName, user: target.user, group: target.group, extraGroup: socketGroup)
            } catch {
                throw Failure(.osError, "cannot become \(userName): \(error)")
            }
            guard setuid(0) != 0, getuid() == target.user, geteuid() == target.user else {
                throw Failure(.osError, "cannot become \(userName): root can be had back")
            }
        }
        guard geteuid() != 0 || allowRoot else {
            throw Failure(.noPermission, "refuses to run as root: set user, or allow_root = true")
        }
    }
}
