// The system calls on files that this program makes: open, read, list a folder.

import Glibc

/// An open file; closed when it goes.
struct Descriptor: ~Copyable {
    let path: String
    private let number: Int32
    private let isOwned: Bool

    /// `-` is standard input.
    init(reading path: String) throws(InputError) {
        self.path = path
        guard path != "-" else {
            number = STDIN_FILENO
            isOwned = false
            return
        }
        var opened = open(path, O_RDONLY | O_CLOEXEC)
        while opened < 0, errno == EINTR { opened = open(path, O_RDONLY | O_CLOEXEC) }
        guard opened >= 0 else { throw InputError(path) }
        number = opened
        isOwned = true
    }

    deinit {
        if isOwned { close(number) }
    }

    /// Reads what is there into `buffer`: the number of bytes, 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputError) -> Int {
        while true {
            let count = Glibc.read(number, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            guard errno == EINTR else { throw InputError(path) }
        }
    }

    /// Size in bytes where it is a regular file, else 0.
    var sizeHintBytes: Int {
        var facts = stat()
        guard fstat(number, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return 0 }
        return Int(facts.st_size)
    }
}

/// What a path is.
enum PathKind {
    case folder, file, other

    /// Follows symbolic links unless told not to.
    init(_ path: String, followsLinks: Bool = true) throws(InputError) {
        var facts = stat()
        guard (followsLinks ? stat(path, &facts) : lstat(path, &facts)) == 0 else { throw InputError(path) }
        switch facts.st_mode & S_IFMT {
        case S_IFDIR: self = .folder
        case S_IFREG: self = .file
        default: self = .other
        }
    }
}

/// What lies in a folder, sorted by name, without what begins with a dot. The kind is nil where the folder does not tell it.
func entriesInFolder(_ path: String) throws(InputError) -> [(name: String, kind: PathKind?)] {
    guard let folder = opendir(path) else { throw InputError(path) }
    defer { closedir(folder) }
    var entries: [(name: String, kind: PathKind?)] = []
    errno = 0
    while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let kind: PathKind? =
            switch Int(entry.pointee.d_type) {
            case DT_REG: .file
            case DT_DIR: .folder
            default: nil
            }
        if !name.hasPrefix(".") { entries.append((name, kind)) }
        errno = 0
    }
    guard errno == 0 else { throw InputError(path) }
    return entries.sorted { $0.name < $1.name }
}
