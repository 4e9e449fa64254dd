// What reading rules and keeping their cache take of files. The only file of this module that touches the disk.

internal import Glibc
internal import POSIX

enum FileAccess {
    /// The paths of a folder's `*.toml`, by name; hidden files are left out.
    static func tomlFiles(in folder: String, mayBeMissing: Bool) throws(RuleError) -> [String] {
        do throws(SystemError) {
            return try Files.names(in: folder).filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }.sorted()
                .map { "\(folder)/\($0)" }
        } catch {
            if mayBeMissing, error.code == ENOENT { return [] }
            throw RuleError(folder, "cannot read the rule folder: \(error.reason)")
        }
    }

    /// A whole file.
    static func read(_ path: String) throws(RuleError) -> [UInt8] {
        do throws(SystemError) {
            return try Files.contents(of: path, limitBytes: RuleFile.limitBytes)
        } catch {
            let isTooLong = error.code == EFBIG
            throw RuleError(
                path, isTooLong ? "larger than \(RuleFile.limitBytes) bytes" : "cannot \(error.call): \(error.reason)")
        }
    }

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

    /// Removes our own files of that name, but for so many that were written last.
    static func removeOld(in folder: String, prefix: String, suffix: String, keeping count: Int) {
        guard let names = try? Files.names(in: folder) else { return }
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
