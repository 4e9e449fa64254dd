// One file of SentMail: buckets of 256 slots of 16 bytes, an empty slot being all zero. A digest's first bytes are the number of its
// bucket; a bucket is filled from its start. Nothing is ever moved, so that readers and the writer need no lock.

import Glibc
import POSIX

final class SentSegment: Sendable {
    static let slotBytes = 16
    private static let bucketBytes = 4_096
    private static let buckets = 1_024
    static let bytes = buckets * bucketBytes
    /// Then the next file is begun: no bucket is likely to be full (the chance of any is below one in a million).
    static let fullEntries = buckets * (bucketBytes / slotBytes) * 6 / 10

    enum Addition { case added, present, full }

    /// When it was begun: seconds since 1970; its name tells.
    let startSeconds: Int
    private let path: String
    private let descriptor: CInt

    private static let prefix = "sent-"
    private static let suffix = ".table"

    /// The names of the segments in a folder, oldest first.
    static func names(in folder: String) throws(SystemError) -> [String] {
        let names = try Files.names(in: folder).compactMap { name in startSeconds(of: name).map { (name, $0) } }
        return names.sorted { $0.1 < $1.1 }.map(\.0)
    }

    private static func startSeconds(of name: String) -> Int? {
        guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
        // No clock comes to more, and with less a later one has room.
        return UInt32(name.dropFirst(prefix.count).dropLast(suffix.count)).map(Int.init)
    }

    /// Opens a segment; nil where it has another size than it must, as a process that was killed can leave one behind: where it is to be
    /// written, it is removed.
    init?(folder: String, name: String, isWritable: Bool) throws(SentMailError) {
        path = folder + "/" + name
        startSeconds = Self.startSeconds(of: name) ?? 0
        descriptor = open(path, (isWritable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw Self.failure(path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure(path) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size == Self.bytes else {
            if isWritable { unlink() }
            return nil
        }
    }

    /// Makes an empty segment, on a disk that has room for all of it; else nothing is left behind.
    init(folder: String, startSeconds: Int) throws(SentMailError) {
        path = folder + "/" + Self.prefix + String(startSeconds) + Self.suffix
        self.startSeconds = startSeconds
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard descriptor >= 0 else { throw Self.failure(path) }
        let code = posix_fallocate(descriptor, 0, Self.bytes)
        guard code == 0 else {
            unlink()
            throw Self.failure(path, code)
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func unlink() { Glibc.unlink(path) }

    func contains(_ digest: [UInt8]) -> Bool {
        guard let bucket = try? bucket(at: offset(of: digest)) else { return false }
        return slot(of: digest, in: bucket).isPresent
    }

    func add(_ digest: [UInt8]) throws(SentMailError) -> Addition {
        let offset = offset(of: digest)
        let (place, isPresent) = slot(of: digest, in: try bucket(at: offset))
        if isPresent { return .present }
        guard let place else { return .full }
        guard pwrite(descriptor, digest, digest.count, offset + place) == digest.count else { throw Self.failure(path) }
        return .added
    }

    func countEntries() throws(SentMailError) -> Int {
        var count = 0
        for number in 0..<Self.buckets {
            let bucket = try bucket(at: number * Self.bucketBytes)
            count += stride(from: 0, to: bucket.count, by: Self.slotBytes).prefix { !Self.isEmpty(bucket, $0) }.count
        }
        return count
    }

    private func offset(of digest: [UInt8]) -> Int {
        (Int(digest[0]) << 8 | Int(digest[1])) % Self.buckets * Self.bucketBytes
    }

    /// Where the digest stands or, where it does not, the first empty slot; nil in a full bucket.
    private func slot(of digest: [UInt8], in bucket: [UInt8]) -> (place: Int?, isPresent: Bool) {
        for place in stride(from: 0, to: bucket.count, by: Self.slotBytes) {
            if bucket[place..<(place + Self.slotBytes)].elementsEqual(digest) { return (place, true) }
            if Self.isEmpty(bucket, place) { return (place, false) }
        }
        return (nil, false)
    }

    private static func isEmpty(_ bucket: [UInt8], _ place: Int) -> Bool {
        bucket[place..<(place + slotBytes)].allSatisfy { $0 == 0 }
    }

    private func bucket(at offset: Int) throws(SentMailError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.bucketBytes)
        guard pread(descriptor, &bytes, bytes.count, offset) == bytes.count else { throw Self.failure(path) }
        return bytes
    }

    private static func failure(_ path: String, _ code: CInt = errno) -> SentMailError {
        SentMailError(description: "\(path): \(String(cString: strerror(code)))")
    }
}
