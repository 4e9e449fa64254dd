// Users and groups by their names.

import Glibc

/// What the system knows of users and groups.
package enum Users {
    /// Nil where there is no such user.
    package static func user(named name: String) -> (user: uid_t, group: gid_t)? {
        getpwnam(name).map { ($0.pointee.pw_uid, $0.pointee.pw_gid) }
    }

    /// Nil where there is no such group.
    package static func group(named name: String) -> gid_t? {
        getgrnam(name)?.pointee.gr_gid
    }

    /// A user's name, else its number.
    package static func name(of user: uid_t) -> String {
        getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "\(user)"
    }

    /// The name of the user that this process runs as.
    package static var ownName: String { name(of: geteuid()) }
}
