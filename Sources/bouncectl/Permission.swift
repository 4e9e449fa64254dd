// What to do about a file that this user may not read or write: which user and which group may.

import Glibc
import Journal
import POSIX

/// What a file or a folder is wanted for.
enum Use {
    case read, write, enter

    /// As access(2) has it.
    fileprivate var mode: CInt {
        switch self {
        case .read: R_OK
        case .write: W_OK
        case .enter: X_OK
        }
    }

    fileprivate var groupBit: mode_t {
        switch self {
        case .read: S_IRGRP
        case .write: S_IWGRP
        case .enter: S_IXGRP
        }
    }
}

/// What keeps this user from the file, itself or a folder above it, and who may; nil where he can, or nothing is there. A file that is
/// to be written is made where it is not there.
func advice(to use: Use, _ path: String) -> String? {
    var folder = path.hasPrefix("/") ? "/" : "."
    for end in path.indices.dropFirst() where path[end] == "/" {
        folder = String(path[..<end])
        if let advice = obstacle(to: .enter, folder) { return advice }
    }
    if use == .write, access(path, F_OK) != 0, errno == ENOENT { return obstacle(to: use, folder) }
    return obstacle(to: use, path)
}

private func obstacle(to use: Use, _ path: String) -> String? {
    guard access(path, use.mode) != 0, errno == EACCES else { return nil }
    var status = stat()
    guard stat(path, &status) == 0 else { return target(ofLink: path).flatMap { advice(to: use, $0) } }
    let reason = "\(path): \(String(cString: strerror(EACCES))); its user \(Users.name(of: status.st_uid))"
    // Nobody should join root's.
    guard status.st_mode & use.groupBit != 0, status.st_gid != 0 else {
        return "\(reason) alone may \(use) it: use sudo"
    }
    let group = getgrgid(status.st_gid).map { String(cString: $0.pointee.gr_name) } ?? "\(status.st_gid)"
    // Postfix wants its group to itself, and passwords of its tables are open to it.
    if group == "postfix" { return "\(reason) and its group postfix, which is Postfix's own, may \(use) it: use sudo" }
    let user = Users.name(of: getuid())
    return "\(reason) and its group \(group) may \(use) it: use sudo, or \"adduser \(user) \(group)\""
}

/// Nil for what is no link.
private func target(ofLink path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    guard count > 0 else { return nil }
    let target = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard !target.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return target }
    return path[...slash] + target
}

extension JournalError {
    /// With what to do where this user may not read it.
    var advised: String {
        guard case .notAllowed(let failure) = self else { return description }
        return advice(to: .read, failure.path) ?? description
    }
}
