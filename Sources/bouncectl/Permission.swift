// What to do about a file that this user may not read: which user and which group may.

import Glibc
import Journal

/// What keeps this user from reading the file, itself or a folder above it, and who may; nil where he can, or nothing is there.
func adviceToRead(_ path: String) -> String? {
    for end in path.indices.dropFirst() where path[end] == "/" {
        if let advice = advice(on: String(path[..<end]), X_OK, groupBit: S_IXGRP, "enter") { return advice }
    }
    return advice(on: path, R_OK, groupBit: S_IRGRP, "read")
}

private func advice(on path: String, _ mode: CInt, groupBit: mode_t, _ verb: String) -> String? {
    var status = stat()
    guard access(path, mode) != 0, errno == EACCES, stat(path, &status) == 0 else { return nil }
    let reason = "\(path): \(String(cString: strerror(EACCES))); its user \(userName(status.st_uid))"
    // Nobody should join root's.
    guard status.st_mode & groupBit != 0, status.st_gid != 0 else { return "\(reason) alone may \(verb) it: use sudo" }
    let group = getgrgid(status.st_gid).map { String(cString: $0.pointee.gr_name) } ?? "\(status.st_gid)"
    return "\(reason) and its group \(group) may \(verb) it: use sudo, or \"adduser \(userName(getuid())) \(group)\""
}

private func userName(_ user: uid_t) -> String {
    getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "\(user)"
}

extension JournalError {
    /// With what to do where this user may not read it.
    var advised: String {
        guard case .notAllowed(let failure) = self, let advice = adviceToRead(failure.path) else { return description }
        return advice
    }
}
