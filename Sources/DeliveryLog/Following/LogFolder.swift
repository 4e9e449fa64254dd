// The names that logrotate(8), `postfix logrotate` and savelog(8) give to a log's earlier files.

import Glibc
import POSIX

/// A log and its earlier files in the same folder.
struct LogFolder {
    let path: String
    private let folder: String
    private let name: String

    init(_ path: String) {
        self.path = path
        let slash = path.lastIndex(of: "/")
        folder = slash.map { String(path[..<$0]) } ?? "."
        name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    }

    /// Earlier files that are not compressed, oldest first: `mail.log.2`, `mail.log.1`, or `mail.log-20261120`, `mail.log-20261121`.
    func rotatedPaths() throws(SystemError) -> [String] {
        try names().compactMap { name in order(of: name).map { (name, $0) } }
            .sorted { $0.1 < $1.1 }
            .map { "\(folder)/\($0.0)" }
    }

    /// None where there is no such folder.
    private func names() throws(SystemError) -> [String] {
        do throws(SystemError) {
            return try Files.names(in: folder)
        } catch {
            if error.code == ENOENT { return [] }
            throw error
        }
    }

    /// Those of them that were written to after this time (milliseconds since 1970).
    func rotatedPaths(changedAfter milliseconds: Int64) throws(SystemError) -> [String] {
        var paths: [String] = []
        for path in try rotatedPaths() {
            guard let status = try Files.status(of: path, followsLinks: true), status.form == .regular else { continue }
            if status.modified > milliseconds { paths.append(path) }
        }
        return paths
    }

    /// What an earlier file sorts by: those with a date by it, then those with a number, the highest first. Nil for other files.
    private func order(of other: String) -> (Int, Int, String)? {
        guard other.hasPrefix(name), other.utf8.count <= 255 else { return nil }
        let rest = other.utf8.dropFirst(name.utf8.count)
        guard rest.first == UInt8(ascii: ".") || rest.first == UInt8(ascii: "-") else { return nil }
        let suffix = rest.dropFirst()
        guard let first = suffix.first, Self.digits.contains(first),
            suffix.allSatisfy({ Self.digits.contains($0) || "-_.:TZ".utf8.contains($0) })
        else { return nil }
        let text = String(decoding: suffix, as: UTF8.self)
        if suffix.count <= 4, let number = Int(text) { return (1, -number, "") }
        return (0, 0, text)
    }

    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
}
