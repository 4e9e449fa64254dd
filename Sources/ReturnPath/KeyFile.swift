// Reads key files: text that nobody but the program's user can read. bounce-milter.toml(5), "key_files".

import Glibc
import MailSyntax

/// Why a key file was refused, for the one who has to put it right.
package struct KeyFileError: Error, CustomStringConvertible {
    package var description: String
}

extension SecretKey {
    /// How to make one.
    private static let command = "openssl rand -base64 32"
    private static let advice = "make one with: \(command)"

    /// Reads a key: the file's text without white space at its end.
    ///
    /// - Parameter reader: The user who reads it, and to whom it has to belong.
    package init(file: String, reader: uid_t) throws(KeyFileError) {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            let code = errno
            let owner = "chown \(Self.name(of: reader)) \(file)"
            let advice =
                switch code {
                case ENOENT: "; make it: (umask 077 && \(Self.command) >\(file)) && \(owner)"
                case EACCES where geteuid() == reader: "; it must belong to who reads it: \(owner)"
                case EACCES: "; it is for \(Self.name(of: reader)) alone: use sudo"
                default: ""
                }
            throw KeyFileError(description: "\(file): \(String(cString: strerror(code)))\(advice)")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw KeyFileError(description: "\(file): \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw KeyFileError(description: "\(file): is no file") }
        guard status.st_uid == reader else {
            throw KeyFileError(
                description: "\(file): belongs to \(Self.name(of: status.st_uid)), and must belong to "
                    + "\(Self.name(of: reader)), who reads it: chown \(Self.name(of: reader)) \(file)")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw KeyFileError(description: "\(file): others can read or write it: chmod 400 \(file)")
        }
        var bytes = [UInt8](repeating: 0, count: Self.limitBytes + 1)
        var count = 0
        while count < bytes.count {
            let start = count
            let got = bytes.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw KeyFileError(description: "\(file): \(String(cString: strerror(errno)))") }
            if got == 0 { break }
            count += got
        }
        let text = bytes[..<count].trimmed
        guard text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw KeyFileError(description: "\(file): is not one line of text; \(Self.advice)")
        }
        guard let key = SecretKey(text) else {
            throw KeyFileError(
                description: "\(file): must have \(Self.minimumBytes) to \(Self.limitBytes) characters; \(Self.advice)")
        }
        self = key
    }

    private static func name(of user: uid_t) -> String {
        getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "user \(user)"
    }
}

extension Keyring {
    /// Reads the keys of all files, in their order.
    package init(files: [String], reader: uid_t) throws(KeyFileError) {
        var keys: [SecretKey] = []
        for file in files {
            let key = try SecretKey(file: file, reader: reader)
            guard !keys.contains(where: { $0.id == key.id }) else {
                throw KeyFileError(description: "\(file): holds the same key as another file")
            }
            keys.append(key)
        }
        self.init(keys)
    }
}
