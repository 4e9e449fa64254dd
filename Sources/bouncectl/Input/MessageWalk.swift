// From the PATHs of a command line to messages: files, mboxes, Maildirs, folders of these, standard input.

import ArgumentParser
import MailSyntax

/// Walks over the messages of some paths, in the order of their names, one in memory at a time.
struct MessageWalk {
    /// What is read of one message. The agent reads less of it by default (max_message_bytes).
    static let messageLimitBytes = 64 << 20
    /// How deep folders may lie in folders.
    static let folderDepthLimit = 32

    private let each: (MessageInput) throws -> Void
    private var hasMissing = false
    private var count = 0
    /// What the last file was read into, for the next.
    private var room: [UInt8] = []

    /// `each` is called with every message. What cannot be read, or holds no message, is said on standard error and passed over.
    init(each: @escaping (MessageInput) throws -> Void) {
        self.each = each
    }

    /// Whether all could be read.
    mutating func walk(_ paths: [String]) throws -> Bool {
        for path in paths {
            let (countBefore, hadMissing) = (count, hasMissing)
            try visit(Place(path), depth: 0)
            if count == countBefore, hasMissing == hadMissing { complain("\(path): no message in it") }
        }
        return !hasMissing
    }

    private mutating func visit(_ place: Place, as known: PathKind? = nil, depth: Int) throws {
        do {
            guard !place.isStandardInput, try known ?? place.kind() == .folder else { return try readFile(place) }
            guard depth < Self.folderDepthLimit else { return complain("\(place.path): folders too deep; not read") }
            let folder = try Folder(place)
            var entries = try folder.entries()
            let isMaildir = [folder["cur"], folder["new"]].allSatisfy { part in
                entries.contains { $0.place.path == part.path }
            }
            if isMaildir { entries = [(folder["new"], nil), (folder["cur"], nil)] }
            for (entry, kind) in entries { try visit(entry: entry, as: kind, depth: depth + 1) }
        } catch let error as InputError {
            passOver(error)
        }
    }

    /// What lies in a folder; one entry that cannot be read keeps none of the others from it.
    private mutating func visit(entry: Place, as known: PathKind?, depth: Int) throws {
        do {
            var kind = try known ?? entry.kind(followsLinks: false)
            // Of links, those to files are followed: a folder could be a loop.
            if kind == .other, try entry.kind() == .file { kind = .file }
            if kind != .other { try visit(entry, as: kind, depth: depth) }
        } catch let error as InputError {
            passOver(error)
        }
    }

    private mutating func passOver(_ error: InputError) {
        complain("\(error)")
        hasMissing = true
    }

    private mutating func readFile(_ place: Place) throws {
        var room: [UInt8] = []
        swap(&room, &self.room)
        var lines = LineReader(try Descriptor(reading: place), room: consume room)
        if try lines.isNext("From ") {
            var mbox = MboxReader(lines, path: place.path, limitBytes: Self.messageLimitBytes)
            while let message = try mbox.next() { try handOver(message) }
        } else {
            let (bytes, total) = try lines.rest(limitBytes: Self.messageLimitBytes)
            let start = Self.firstLine(of: bytes)
            try handOver(
                MessageInput(
                    path: place.path, index: 0, bytes: start == 0 ? bytes : Array(bytes[start...]),
                    totalBytes: total - start))
            self.room = lines.room()
        }
    }

    /// Where the message begins: webmail that shows one as it came, and who copies it from there, puts blank lines before it. 0 where there
    /// is nothing else.
    private static func firstLine(of bytes: [UInt8]) -> Int {
        var start = 0
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "\n") { start = index + 1 } else if byte > 0x20 { return start }
        }
        return 0
    }

    private mutating func handOver(_ message: MessageInput) throws {
        count += 1
        if message.totalBytes > message.bytes.count {
            let sizes = "\(message.totalBytes) bytes; \(message.bytes.count) were read"
            complain("\(message.path): message \(message.index) has \(sizes)")
        }
        try each(message)
    }
}
