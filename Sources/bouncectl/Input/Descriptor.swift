// The system calls on files that this program makes: open, read, list a folder.

import Glibc

/// Where a file or folder lies.
struct Place {
    let path: String
    /// What is looked for in `folder`, or else from where the program was started; ended by 0. In no charset: `path` shows what is
    /// not UTF-8 as U+FFFD.
    fileprivate let name: [CChar]
    private let folder: Folder?

    /// `-` is standard input.
    init(_ path: String) {
        self.path = path
        name = Array(path.utf8CString)
        folder = nil
    }

    fileprivate init(_ name: [CChar], in folder: Folder) {
        path = folder.path(of: name)
        self.name = name
        self.folder = folder
    }

    var isStandardInput: Bool { folder == nil && path == "-" }

    /// Follows symbolic links unless told not to.
    func kind(followsLinks: Bool = true) throws(InputError) -> PathKind {
        var facts = stat()
        guard fstatat(folderNumber, name, &facts, followsLinks ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else {
            throw InputError(path)
        }
        return switch facts.st_mode & S_IFMT {
        case S_IFDIR: .folder
        case S_IFREG: .file
        default: .other
        }
    }

    fileprivate func open(_ flags: Int32) throws(InputError) -> Int32 {
        while true {
            let number = openat(folderNumber, name, flags | O_CLOEXEC)
            if number >= 0 { return number }
            guard errno == EINTR else { throw InputError(path) }
        }
    }

    private var folderNumber: Int32 { folder?.number ?? AT_FDCWD }
}

/// An open file; closed when it goes.
struct Descriptor: ~Copyable {
    let path: String
    private let number: Int32
    private let isOwned: Bool

    init(reading place: Place) throws(InputError) {
        path = place.path
        isOwned = !place.isStandardInput
        number = isOwned ? try place.open(O_RDONLY) : STDIN_FILENO
    }

    init(reading path: String) throws(InputError) { try self.init(reading: Place(path)) }

    deinit {
        if isOwned { close(number) }
    }

    /// The first bytes of a file.
    static func start(of path: String, limitBytes: Int) throws -> [UInt8] {
        let file = try Descriptor(reading: path)
        return try [UInt8](unsafeUninitializedCapacity: limitBytes) { room, count in
            count = try file.read(into: UnsafeMutableRawBufferPointer(room))
        }
    }

    /// Appends what is there to `output`, as much as there is room for; nothing at the end.
    func read(into output: inout OutputSpan<UInt8>) throws(InputError) {
        try output.withUnsafeMutableBufferPointer { (room, count) throws(InputError) in
            count += try read(into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: room[count...])))
        }
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

    init(_ path: String) throws(InputError) { self = try Place(path).kind() }
}

/// An open folder, closed with its last reference.
final class Folder {
    /// The folder's path with a slash behind it.
    private let prefix: String
    fileprivate let number: Int32
    private let path: String
    private let stream: OpaquePointer

    init(_ place: Place) throws(InputError) {
        path = place.path
        prefix = path.hasSuffix("/") ? path : path + "/"
        number = try place.open(O_RDONLY | O_DIRECTORY)
        guard let stream = fdopendir(number) else {
            let error = InputError(path)
            close(number)
            throw error
        }
        self.stream = stream
    }

    deinit { closedir(stream) }

    subscript(name: String) -> Place { Place(Array(name.utf8CString), in: self) }

    /// Of what is named so in it.
    fileprivate func path(of name: [CChar]) -> String {
        String(unsafeUninitializedCapacity: prefix.utf8.count + name.count) { room in
            let prefixEnd = room.initialize(fromContentsOf: prefix.utf8)
            name.dropLast().withUnsafeBytes {
                UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: room[prefixEnd...])).copyMemory(
                    from: $0)
            }
            return prefixEnd + name.count - 1
        }
    }

    /// What lies in it, sorted by name (byte by byte), without what begins with a dot. The kind is nil where the folder does not tell it.
    func entries() throws(InputError) -> [(place: Place, kind: PathKind?)] {
        var entries: [(place: Place, kind: PathKind?)] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                Array(bytes.bindMemory(to: CChar.self).prefix { $0 != 0 }) + [0]
            }
            let kind: PathKind? =
                switch Int(entry.pointee.d_type) {
                case DT_REG: .file
                case DT_DIR: .folder
                default: nil
                }
            if name[0] != CChar(bitPattern: UInt8(ascii: ".")) { entries.append((Place(name, in: self), kind)) }
            errno = 0
        }
        guard errno == 0 else { throw InputError(path) }
        return entries.sorted { strcmp($0.place.name, $1.place.name) < 0 }
    }
}
