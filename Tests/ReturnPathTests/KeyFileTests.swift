// Key files: what is taken, and what is refused with which words.

import Foundation
import Testing

@testable import ReturnPath

struct KeyFileTests {
    private static let good = "pM2c0r0dJ7bYyJmQ3Ssm0mUNrSlu3h6v0G2cK5p1n0k=\n"

    private static func refusal(
        _ text: String?, mode: Int = 0o400, reader: uid_t = geteuid()
    ) throws -> String? {
        let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        if let text {
            try text.write(to: file, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        }
        do throws(KeyFileError) {
            _ = try SecretKey(file: file.path, reader: reader)
            return nil
        } catch {
            #expect(!error.description.contains("pM2c0r0d"), "the key is in no error")
            return error.description.replacingOccurrences(of: file.path, with: "FILE")
        }
    }

    @Test func takesAFileOfItsReaderAlone() throws {
        #expect(try Self.refusal(Self.good) == nil)
        #expect(try Self.refusal(Self.good, mode: 0o600) == nil)
        #expect(try Self.refusal("  " + Self.good + "\r\n\n") == nil)
    }

    @Test(arguments: [0o440, 0o404, 0o420, 0o640, 0o644, 0o777])
    func refusesWhatOthersCanRead(_ mode: Int) throws {
        #expect(try Self.refusal(Self.good, mode: mode) == "FILE: others can read or write it: chmod 400 FILE")
    }

    @Test func refusesAnotherOwner() throws {
        let text = try #require(try Self.refusal(Self.good, reader: geteuid() + 4_711))
        #expect(text.contains("and must belong to \(geteuid() + 4_711), who reads it: chown \(geteuid() + 4_711) FILE"))
    }

    @Test(arguments: [
        ("", "must have 40 to 4096 characters"), ("short", "must have 40 to 4096 characters"),
        (String(repeating: "k", count: 5_000), "must have 40 to 4096 characters"),
        (good + good, "is not one line of text"), ("\u{e9}" + good, "is not one line of text"),
    ])
    func refusesWhatIsNoKey(_ text: String, _ reason: String) throws {
        let refusal = try #require(try Self.refusal(text))
        #expect(refusal.hasPrefix("FILE: \(reason)"))
        #expect(refusal.hasSuffix("openssl rand -base64 32"))
    }

    @Test func namesWhatIsNotThere() throws {
        let refusal = try #require(try Self.refusal(nil))
        #expect(
            refusal.hasPrefix(
                "FILE: No such file or directory; make it: (umask 077 && openssl rand -base64 32 >FILE) && chown "))
        #expect(throws: KeyFileError.self) { try SecretKey(file: "/dev/null", reader: geteuid()) }
        #expect(throws: KeyFileError.self) { try SecretKey(file: "/tmp", reader: geteuid()) }
    }

    @Test func theSameKeyTwiceIsAMistake() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        _ = FileManager.default.createFile(
            atPath: file, contents: Data(Self.good.utf8), attributes: [.posixPermissions: 0o400])
        #expect(try Keyring(files: [file], reader: geteuid()).keys.count == 1)
        #expect(throws: KeyFileError.self) { try Keyring(files: [file, file], reader: geteuid()) }
    }
}
