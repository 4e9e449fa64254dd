// The system calls that reading rules and keeping their cache take. The only file of this module that touches the disk.

internal import Glibc

enum FileAccess {
    /// The paths of a folder's `*.toml`, by name; hidden files are left out.
    static func tomlFiles(in folder: String, mayBeMissing: Bool) throws(RuleError) -> [String] {
        guard let stream = opendir(folder) else {
            if mayBeMissing, errno == ENOENT { return [] }
            throw RuleError(folder, "cannot read the rule folder: \(reason(errno))")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".toml"), !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted().map { "\(folder)/\($0)" }
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

    static func readAll(_ descriptor: Int32, limit: Int) -> [UInt8]? {
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { return nil }
        var bytes: [UInt8] = []
        var size = min(max(Int(information.st_size), 4_096) + 1, limit)
        while true {
            let known = bytes.count
            var result = 0
            bytes.append(contentsOf: repeatElement(0, count: size - known))
            repeat {
                result = bytes.withUnsafeMutableBytes { buffer in
                    Glibc.read(descriptor, buffer.baseAddress.map { $0 + known }, buffer.count - known)
                }
            } while result < 0 && errno == EINTR
            guard result >= 0 else { return nil }
            bytes.removeLast(bytes.count - known - result)
            if result == 0 || bytes.count >= limit { return bytes }
            size = min(max(bytes.count + 1, size), limit)
            if bytes.count == size { size = min(size * 2, limit) }
        }
    }

    static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
