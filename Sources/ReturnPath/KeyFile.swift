// Reads key files: text that nobody but the program's user can read. bounce-milter.toml(5), "key_files".

import Glibc
import MailSyntax
import POSIX

/// Why a key file was refused, for the one who has to put it right.
package struct KeyFileError: Error, CustomStringConvertible {
    package var description: String
}

extension SecretKey {
    /// How to make one.
    private static let command = "openssl rand -base64 32"
    private static let advice = "make one with: \(command)"
    /// More is no key with white space about it.
    private static let limitFileBytes = 65_536

    /// Reads a key: the file's text without white space at its end.
    ///
    /// - Parameter reader: The user who reads it, and to whom it has to belong.
    package init(file: String, reader: uid_t) throws(KeyFileError) {
        let text = try Self.contents(of: file, reader)[...].trimmed
        guard text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw KeyFileError(description: "\(file): is not one line of text; \(Self.advice)")
        }
        guard let key = SecretKey(text) else {
            throw KeyFileError(
                description: "\(file): must have \(Self.minimumBytes) to \(Self.limitBytes) characters; \(Self.advice)")
        }
        self = key
    }

    private static func contents(of file: String, _ reader: uid_t) throws(KeyFileError) -> [UInt8] {
        let descriptor: CInt
        do throws(SystemError) {
            descriptor = try Files.open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        } catch {
            throw KeyFileError(description: "\(file): \(error.reason)\(advice(after: error, file, reader))")
        }
        defer { Files.close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw KeyFileError(description: "\(file): is no file")
        }
        guard status.st_uid == reader else {
            throw KeyFileError(
                description: "\(file): belongs to \(Users.name(of: status.st_uid)), and must belong to "
                    + "\(Users.name(of: reader)), who reads it: chown \(Users.name(of: reader)) \(file)")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw KeyFileError(description: "\(file): others can read or write it: chmod 400 \(file)")
        }
        do throws(SystemError) {
            return try Files.contents(of: descriptor, file, limitBytes: limitFileBytes)
        } catch {
            throw KeyFileError(description: "\(file): \(error.reason)")
        }
    }

    /// What to do about a file that cannot be opened.
    private static func advice(after error: SystemError, _ file: String, _ reader: uid_t) -> String {
        let name = Users.name(of: reader)
        return switch error.code {
        case ENOENT: "; make it: (umask 077 && \(command) >\(file)) && chown \(name) \(file)"
        case EACCES where geteuid() == reader: "; it must belong to who reads it: chown \(name) \(file)"
        case EACCES: "; it is for \(name) alone: use sudo"
        default: ""
        }
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
