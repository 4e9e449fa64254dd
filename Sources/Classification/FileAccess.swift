// The system calls that reading rules and keeping their cache take. The only file of this module that touches the disk.

internal import Glibc

enum FileAccess {
    /// The paths of a folder's `*.toml`, by name; hidden files are left out.
    static func tomlFiles(in folder: String, mayBeMissing: Bool) throws(RuleError) -> [String] {
        do {
            return try names(in: folder).filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }.sorted()
                .map { "\(folder)/\($0)" }
        } catch {
            if mayBeMissing, error.code == ENOENT { return [] }
            throw RuleError(folder, "cannot read the rule folder: \(reason(error.code))")
        }
    }

    private struct SystemError: Error { var code: Int32 }

    private static func names(in folder: String) throws(SystemError) -> [String] {
        guard let stream = opendir(folder) else { throw SystemError(code: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }

    /// A whole file, at most `RuleFile.limitBytes` and one byte.
    static func read(_ path: String) throws(RuleError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw RuleError(path, "cannot open: \(reason(errno))") }
        defer { close(descriptor) }
        guard let bytes = readAll(descriptor, limit: RuleFile.limitBytes + 1) else {
            throw RuleError(path, "cannot read: \(reason(errno))")
        }
        return bytes
    }

    /// What a descriptor gives until its end, at most `limit` bytes; nil on an error.
    private static func readAll(_ descriptor: Int32, limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < limit {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += chunk[..<min(count, limit - bytes.count)]
        }
        return bytes
    }

    static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

    // MARK: - The cache

    /// The folders that keep what can be made anew, as far as we may read them: the machine's, and the user's, which is made if need be and
    /// where we may not write to the machine's.
    static func cacheFolders(named name: String) -> [String] {
        let machine = "/var/cache/\(name)"
        if isWritable(machine) { return [machine] }
        return ([machine] + userCacheFolder(named: name)).filter { access($0, R_OK | X_OK) == 0 }
    }

    private static func userCacheFolder(named name: String) -> [String] {
        var base = variable("XDG_CACHE_HOME")
        if base == nil, let home = variable("HOME") {
            base = "\(home)/.cache"
            mkdir("\(home)/.cache", 0o700)
        }
        guard let base else { return [] }
        let folder = "\(base)/\(name)"
        mkdir(folder, 0o700)
        return [folder]
    }

    static func isWritable(_ folder: String) -> Bool { access(folder, R_OK | W_OK | X_OK) == 0 }

    /// An absolute path in the environment.
    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value[0] == CChar(UInt8(ascii: "/")) else { return nil }
        return String(cString: value)
    }

    /// Opens a regular file that we or root own and that nobody else may write to.
    static func openTrusted(_ path: String) -> TrustedFile? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG,
            facts.st_uid == geteuid() || facts.st_uid == 0, facts.st_mode & 0o022 == 0
        else {
            close(descriptor)
            return nil
        }
        return TrustedFile(descriptor: descriptor, count: Int(facts.st_size))
    }

    /// Puts a file in the place of another by a temporary one and rename, so that a reader sees the old or the new, whole. Failure
    /// leaves the old one.
    static func replace(_ path: String, with bytes: [UInt8]) {
        let temporary = "\(path).\(getpid()).tmp"
        // Of a process that was killed and had our ID, as in a container each has.
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { return }
        let isWritten = writeAll(descriptor, bytes) && fchmod(descriptor, 0o644) == 0
        close(descriptor)
        if !isWritten || rename(temporary, path) != 0 { unlink(temporary) }
    }

    private static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let count = write(descriptor, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                offset += count
            }
            return true
        }
    }

    /// Removes our own files of that name, but for so many that were written last.
    static func removeOld(in folder: String, prefix: String, suffix: String, keeping count: Int) {
        guard let names = try? names(in: folder) else { return }
        var files: [(path: String, written: timespec)] = []
        for name in names where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
            var facts = stat()
            let path = "\(folder)/\(name)"
            guard lstat(path, &facts) == 0, facts.st_uid == geteuid() else { continue }
            files.append((path, facts.st_mtim))
        }
        files.sort { ($0.written.tv_sec, $0.written.tv_nsec) > ($1.written.tv_sec, $1.written.tv_nsec) }
        for file in files.dropFirst(count) { unlink(file.path) }
    }
}

/// A file that stays open, and that is read piece by piece as these are needed: were it mapped instead, whoever cut it short would end the
/// process.
final class TrustedFile: Sendable {
    private let descriptor: Int32
    /// In bytes, when it was opened.
    let count: Int

    fileprivate init(descriptor: Int32, count: Int) { (self.descriptor, self.count) = (descriptor, count) }

    /// nil where not all of them are there.
    func read(_ range: Range<Int>) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { room, done in
            while done < range.count {
                let count = pread(
                    descriptor, room.baseAddress.map { $0 + done }, range.count - done, off_t(range.lowerBound + done))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                done += count
            }
        }
        return bytes.count == range.count ? bytes : nil
    }

    deinit { close(descriptor) }
}
