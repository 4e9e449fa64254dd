// What stat(2) tells of a file that matters here.

import Glibc

/// A file's form, identity and size.
package struct FileStatus: Sendable, Hashable {
    /// What kind of file it is.
    package enum Form: Sendable { case regular, directory, pipe, socket, other }

    package let form: Form
    package let device: UInt64
    package let inode: UInt64
    /// In bytes.
    package let size: Int
    /// When its content was changed: milliseconds since 1970.
    package let modified: Int64

    package init(_ status: stat) {
        form =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFIFO: .pipe
            case S_IFSOCK: .socket
            default: .other
            }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int(status.st_size)
        modified = status.st_mtim.milliseconds
    }

    /// Whether both are of one file, whatever its names.
    package func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }
}
