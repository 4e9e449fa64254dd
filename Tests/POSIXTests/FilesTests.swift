// Files written, read and asked about in a folder of the test's own.

import Glibc
import Testing

@testable import POSIX

@Suite final class FilesTests {
    private let folder: String

    init() throws {
        var template = Array("/tmp/posix-tests.XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        for name in (try? names()) ?? [] { try? Files.remove("\(folder)/\(name)") }
        rmdir(folder)
    }

    private func names() throws -> [String] { try Files.names(in: folder).filter { !$0.hasPrefix(".") }.sorted() }

    @Test(arguments: [false, true])
    func aReplacedFileHasItsModeAndLeavesNothingBehind(isSynced: Bool) throws {
        let path = folder + "/file"
        try Files.replace(path, with: [1], mode: 0o640, isSynced: isSynced)
        // More than a umask leaves. It is the process's: to set one here would change the files that other tests make meanwhile.
        try Files.replace(path, with: [2, 3], mode: 0o666, isSynced: isSynced)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o666)
        #expect(try Files.contents(of: path, limitBytes: 2) == [2, 3])
        #expect(try names() == ["file"])
    }

    @Test func whatCannotBeReplacedStays() throws {
        let path = folder + "/folder"
        try #require(mkdir(path, 0o700) == 0)
        defer { rmdir(path) }
        let error = #expect(throws: SystemError.self) { try Files.replace(path, with: [1], mode: 0o640) }
        #expect(error?.call == "rename" && error?.code == EISDIR)
        #expect(try names() == ["folder"])
    }

    @Test func aFileOverTheLimitIsNotRead() throws {
        let path = folder + "/file"
        try Files.append([1, 2], to: path, mode: 0o600)
        try Files.append([3], to: path, mode: 0o600)
        #expect(try Files.contents(of: path, limitBytes: 3) == [1, 2, 3])
        let error = #expect(throws: SystemError.self) { try Files.contents(of: path, limitBytes: 2) }
        #expect(error?.description == "read \(path): File too large")
    }

    @Test func aLinkIsItselfUnlessItIsFollowed() throws {
        let (path, link) = (folder + "/file", folder + "/link")
        try Files.append([1, 2], to: path, mode: 0o600)
        try #require(symlink("file", link) == 0)
        #expect(try Files.status(of: link)?.form == .other)
        let status = try #require(try Files.status(of: link, followsLinks: true))
        #expect(status.form == .regular && status.size == 2)
        #expect(try Files.status(of: path).map(status.isSameFile) == true)
        #expect(try Files.status(of: folder)?.form == .directory)
        #expect(try Files.status(of: folder + "/none") == nil)
    }

    @Test func aFolderThatIsNotThereHasNoNames() {
        let error = #expect(throws: SystemError.self) { try Files.names(in: folder + "/none") }
        #expect(error?.code == ENOENT)
    }

    @Test func aLockIsOneDescriptors() throws {
        let path = folder + "/file"
        let first = try Files.open(path, O_RDWR | O_CREAT, mode: 0o600)
        let second = try Files.open(path, O_RDWR)
        defer { Files.close(second) }
        #expect(try Files.lock(first, path))
        #expect(try !Files.lock(second, path))
        Files.close(first)
        #expect(try Files.lock(second, path))
    }
}
