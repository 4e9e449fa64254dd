// `capture_dir`: raw messages that nobody could explain, for `bouncectl replay`. Bounded by bytes and age; the oldest go first.

import Glibc
import Journal
import POSIX

/// A folder of messages, one a file, whose names sort by time: `20261121T043003.123Z-4XyZ.eml`. Belongs to one thread.
struct CaptureFolder {
    private let path: String
    private let maxBytes: Int
    private let maxAgeSeconds: Int
    /// What lies there, oldest first.
    private var files: [(name: String, sizeBytes: Int, modifiedSeconds: Int)] = []
    private var totalBytes = 0
    private var lastMilliseconds: Int64 = 0

    static let suffix = ".eml"

    /// Looks through the folder, and removes what an earlier process left unfinished; other files than captured messages are not its business.
    init(path: String, maxBytes: Int, maxAgeSeconds: Int) throws(SystemError) {
        self.path = path
        self.maxBytes = maxBytes
        self.maxAgeSeconds = maxAgeSeconds
        for name in try Files.names(in: path).sorted() {
            if Self.isLeftover(name) { try? Files.remove(path + "/" + name) }
            guard Self.isOwn(name), let status = try Files.status(of: path + "/" + name), status.form == .regular
            else { continue }
            files.append((name, status.size, Int(status.modified / 1000)))
            totalBytes += status.size
        }
    }

    /// Writes a message as a file that is there whole or not at all, after it has made room; returns its name. Nil where the message
    /// alone is over the bounds.
    mutating func keep(_ message: [UInt8], queueID: String?, nowMilliseconds: Int64) throws(SystemError) -> String? {
        guard message.count <= maxBytes else { return nil }
        try tidy(nowMilliseconds: nowMilliseconds, roomBytes: message.count)
        let milliseconds = max(nowMilliseconds, lastMilliseconds + 1)
        let name = Self.stamp(milliseconds) + "-" + Self.word(of: queueID) + Self.suffix
        try Files.replace(path + "/" + name, with: message, mode: 0o640)
        lastMilliseconds = milliseconds
        files.append((name, message.count, Int(milliseconds / 1000)))
        totalBytes += message.count
        return name
    }

    /// Removes what is too old, then the oldest until `roomBytes` more fit.
    mutating func tidy(nowMilliseconds: Int64, roomBytes: Int = 0) throws(SystemError) {
        var removed = 0
        defer { files.removeFirst(removed) }
        for file in files {
            let isOld = Int(nowMilliseconds / 1000) - file.modifiedSeconds > maxAgeSeconds
            guard isOld || totalBytes + roomBytes > maxBytes else { break }
            do throws(SystemError) {
                try Files.remove(path + "/" + file.name)
            } catch {
                // Somebody took it away.
                if error.code != ENOENT { throw error }
            }
            totalBytes -= file.sizeBytes
            removed += 1
        }
    }

    /// `20261121T043003.123Z-4XyZ.eml.4711.tmp`: what a process that was killed had not yet given its name.
    private static func isLeftover(_ name: String) -> Bool {
        guard name.hasSuffix(".tmp"), let end = name.firstRange(of: suffix + ".")?.lowerBound else { return false }
        return isOwn(String(name[..<end]) + suffix)
    }

    private static func isOwn(_ name: String) -> Bool {
        let text = name.utf8
        return text.count > 25 && name.hasSuffix(suffix) && text.dropFirst(8).first == UInt8(ascii: "T")
            && text.dropFirst(19).first == UInt8(ascii: "Z") && text.dropFirst(20).first == UInt8(ascii: "-")
            && text.prefix(8).allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }

    /// `20261121T043003.123Z`.
    private static func stamp(_ milliseconds: Int64) -> String {
        Timestamp.format(milliseconds).filter { $0 != "-" && $0 != ":" }
    }

    /// The letters and digits of a queue ID: what the MTA sends is not trusted as a file name.
    private static func word(of queueID: String?) -> String {
        let safe = (queueID ?? "").utf8.filter { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        return safe.isEmpty ? "noqueue" : String(decoding: safe.prefix(40), as: UTF8.self)
    }
}
