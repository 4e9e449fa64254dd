// Where a follower of a log stands, and the file that keeps it over a restart.

import Glibc
import POSIX

/// Behind which bytes of which file the next line begins.
package struct LogCheckpoint: Hashable, Sendable {
    /// The log's path when it was followed; the file may have another name since.
    package var path: String
    /// Both 0 where there was no file yet.
    package var device: UInt64
    package var inode: UInt64
    /// The end of the last line that was taken.
    package var offset: Int
    /// Of the bytes before the offset, at most `digestBytes`: tells a file that was cut and has grown again, and finds its copy.
    package var digest: UInt64
    /// When the follower stood there: milliseconds since 1970.
    package var time: Int64

    static let digestBytes = 1_024

    /// Whether both stand in the same file at the same byte.
    package func isSamePlace(as other: LogCheckpoint) -> Bool {
        path == other.path && device == other.device && inode == other.inode && offset == other.offset
    }

    /// FNV-1a of 64 bits.
    static func digest(of bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// Before the first line of a log that is not there yet.
    package init(waitingFor path: String) {
        self.init(
            path: path, device: 0, inode: 0, offset: 0, digest: Self.digest(of: []),
            time: nowMilliseconds())
    }

    init(path: String, device: UInt64, inode: UInt64, offset: Int, digest: UInt64, time: Int64) {
        self.path = path
        self.device = device
        self.inode = inode
        self.offset = offset
        self.digest = digest
        self.time = time
    }
}

extension LogCheckpoint {
    private static let head = "log-checkpoint 1"
    private static let limitBytes = 8_192

    /// One line: `log-checkpoint 1 device 2049 inode 77 offset 4711 digest 9259dc80 time 1763712892000 path /var/log/mail.log`.
    var line: String {
        "\(Self.head) device \(device) inode \(inode) offset \(offset) digest \(String(digest, radix: 16)) time \(time) path \(path)\n"
    }

    /// Nil unless it is such a line.
    init?(line: String) {
        let words = line.split(separator: " ", maxSplits: 13, omittingEmptySubsequences: false)
        guard words.count == 14, words[0..<2].joined(separator: " ") == Self.head,
            [2, 4, 6, 8, 10, 12].map({ words[$0] }) == ["device", "inode", "offset", "digest", "time", "path"],
            let device = UInt64(words[3]), let inode = UInt64(words[5]), let offset = Int(words[7]), offset >= 0,
            let digest = UInt64(words[9], radix: 16), let time = Int64(words[11]), words[13].hasSuffix("\n")
        else { return nil }
        self.init(
            path: String(words[13].dropLast()), device: device, inode: inode, offset: offset, digest: digest, time: time
        )
    }

    /// What the file holds; nil where there is none, or one that is no checkpoint.
    package static func load(from file: String) throws(SystemError) -> LogCheckpoint? {
        guard try Files.status(of: file, followsLinks: true) != nil else { return nil }
        let bytes = try LogDescriptor(file, O_RDONLY | O_NOFOLLOW).bytes(0..<limitBytes)
        return LogCheckpoint(line: String(decoding: bytes, as: UTF8.self))
    }

    /// Returns when it is on disk, in place of the one before.
    package func store(in file: String) throws(SystemError) {
        try Files.replace(file, with: Array(line.utf8), mode: 0o640, isSynced: true, by: file + ".new")
    }
}
