// The store's own journal: what operators decide, written down in the agent's format.

import Glibc
import Journal

/// Appends to it, and knows what is in it.
package enum OwnJournal {
    /// Another command may be writing.
    private static let waitSeconds = 10
    /// Records of one write.
    private static let batchRecords = 1_000

    /// Returns when the records are on disk.
    package static func append(_ records: some Collection<Record>, to path: String) throws {
        do throws(JournalError) {
            let writer = try open(path)
            defer { writer.close() }
            var rest = records[...]
            while !rest.isEmpty {
                _ = try writer.append(Array(rest.prefix(batchRecords)))
                rest = rest.dropFirst(batchRecords)
            }
        } catch {
            throw StoreError(.refused, "own_journal: \(error)")
        }
    }

    /// The ids of all its records that are 32 hexadecimal digits; none where it is not there yet.
    package static func ids(in path: String) throws -> Set<UInt128> {
        do throws(JournalError) {
            var ids: Set<UInt128> = []
            let reader = try JournalReader(path: path)
            while let item = try reader.next() {
                if case .entry(let entry) = item, let id = UInt128(entry.record.id, radix: 16) { ids.insert(id) }
            }
            return ids
        } catch {
            throw StoreError(.refused, "own_journal: \(error)")
        }
    }

    private static func open(_ path: String) throws(JournalError) -> JournalWriter {
        var tries = waitSeconds * 10
        while true {
            do throws(JournalError) {
                // Rotated by its size alone: what is imported is old, and each batch of it would make a file.
                return try JournalWriter(configuration: JournalConfiguration(path: path, rotateSeconds: .max))
            } catch {
                guard case .locked = error, tries > 0 else { throw error }
                tries -= 1
                usleep(100_000)
            }
        }
    }
}
