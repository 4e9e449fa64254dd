// A private PostgreSQL for the tests, on a socket in a temporary folder; it ends with its last reference or the process of the tests.

import Foundation
import Synchronization
import Testing

@testable import Suppression

/// A cluster that is running.
final class PostgreSQLCluster: Sendable {
    struct Unavailable: Error, CustomStringConvertible {
        var description: String
    }

    private static let started = Mutex<Result<PostgreSQLCluster, any Error>?>(nil)
    private let folder: String
    /// The shell that looks after the server takes pg_ctl's commands here, and sees its input end when this process does.
    private let lifeline = Pipe()
    private let answers = Pipe()
    private let count = Atomic(0)
    private static let clusters = Atomic(0)

    /// The cluster of all tests that do not stop it, started with its first use.
    static func shared() throws -> PostgreSQLCluster {
        try started.withLock { started in
            if started == nil { started = Result { try PostgreSQLCluster() } }
            guard let result = started else { throw Unavailable(description: "not started") }
            return try result.get()
        }
    }

    /// A connection string for a new and empty database.
    func newDatabase() throws -> String {
        let name = "test\(count.add(1, ordering: .relaxed).newValue)"
        let server = try PostgreSQLDatabase(connectionString: "host=\(folder) user=postgres dbname=postgres")
        // Not within a transaction.
        try server.run("CREATE DATABASE \(name)")
        return "host=\(folder) user=postgres dbname=\(name)"
    }

    /// Ends the server as a crash would.
    func stop() throws { try control("stop -m immediate") }

    /// Starts it, again after `stop`.
    func start() throws { try control("start") }

    private func control(_ command: String) throws {
        try lifeline.fileHandleForWriting.write(contentsOf: Array("\(command)\n".utf8))
        guard answers.fileHandleForReading.availableData.starts(with: Array("done".utf8)) else {
            throw Unavailable(description: "pg_ctl \(command) failed: see \(folder)/log")
        }
    }

    init() throws {
        let programs = try Self.programs()
        let number = Self.clusters.add(1, ordering: .relaxed).newValue
        folder = NSTemporaryDirectory() + "bounce-store-pg-\(getpid())-\(number)"
        // initdb and the server refuse to run as root.
        let prepare = """
            mkdir -m 700 \(folder) && { [ "$(id -u)" != 0 ] || chown nobody \(folder); } && \
            \(Self.asOther) \(programs)/initdb -D \(folder)/data -U postgres -A trust -E UTF8 --locale=C -N
            """
        guard try Self.shell(prepare) == 0 else {
            throw Unavailable(description: "initdb failed: \(prepare)")
        }
        let keeper = Process()
        keeper.executableURL = URL(filePath: "/bin/sh")
        keeper.arguments = [
            "-c",
            """
            trap '' INT
            control() {
                \(Self.asOther) \(programs)/pg_ctl -D \(folder)/data -w -l \(folder)/log \
                    -o '-k \(folder) -c listen_addresses= -c fsync=off' "$@" </dev/null >/dev/null 2>&1
            }
            while read -r command; do
                if control $command; then echo done; else echo failed; fi
            done
            control stop -m immediate
            rm -rf \(folder)
            """,
        ]
        // No child may hold the end that tells that this process is gone.
        _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        keeper.standardInput = lifeline
        keeper.standardOutput = answers
        keeper.currentDirectoryURL = URL(filePath: "/")
        try keeper.run()
        try start()
    }

    private static var asOther: String {
        geteuid() == 0 ? "setpriv --reuid=nobody --regid=nogroup --clear-groups" : ""
    }

    /// The folder with the newest server's programs.
    private static func programs() throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap(Int.init)
            .sorted()
        guard let newest = versions.last else {
            throw Unavailable(
                description: "no PostgreSQL in \(root): install Debian's package postgresql, as make unit does")
        }
        return "\(root)/\(newest)/bin"
    }

    private static func shell(_ command: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = URL(filePath: "/")
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

/// The databases that each test of the store runs on.
enum Backend: String, CaseIterable, CustomTestStringConvertible {
    case sqlite, postgresql

    var testDescription: String { rawValue }

    /// Option `store` for a new and empty store.
    func newAddress(_ folder: TestFolder, _ name: String = "store") throws -> String {
        switch self {
        case .sqlite: "sqlite:\(folder.path)/\(name).sqlite"
        case .postgresql: "postgresql:" + (try PostgreSQLCluster.shared().newDatabase())
        }
    }

    func newStore(
        _ folder: TestFolder, _ name: String = "store", policy: Policy = Policy(), key: AddressKey = AddressKey()
    ) throws -> Store {
        try Store(at: newAddress(folder, name), policy: policy, key: key)
    }
}

extension Store {
    /// Opens what option `store` names, with a known provider.
    convenience init(at address: String, policy: Policy = Policy(), key: AddressKey = AddressKey()) throws {
        let address = try #require(StoreAddress(address))
        try self.init(
            try address.open(), policy: policy,
            providers: ProviderNames(hosts: ["google.com": "google"], domains: ["gmail.com": "google"]), key: key)
    }

    /// A store in a file of the folder, for what the database does not matter to.
    convenience init(
        sqlite folder: TestFolder, _ name: String = "store.sqlite", policy: Policy = Policy(),
        key: AddressKey = AddressKey()
    ) throws {
        try self.init(at: "sqlite:\(folder.path)/\(name)", policy: policy, key: key)
    }
}
