// bouncectl verify: whether the journal is whole.

import ArgumentParser
import Glibc
import Journal

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the journal: checksums, numbers, order, over all its files.",
        discussion: "Exit status: 0 when it is sound, 65 when something is wrong with it, 66 when it is not there.")

    @OptionGroup var journal: JournalArgument

    func run() throws {
        // Between its rotation and the next record a journal has no file of this name.
        let path = try journal.path(mayBeAbsent: true)
        var progress = ByteProgress()
        let result: JournalVerification
        do throws(JournalError) {
            result = try JournalVerifier.verify(path: path) { progress.show($0, of: $1) }
        } catch {
            progress.end()
            // Nor is there a file that was rotated: what to name instead.
            if case .notAllowed(let failure) = error, failure.errno == ENOENT { _ = try journalFile(path) }
            complain(error.advised)
            throw ExitCode.noInput
        }
        progress.end()
        let output = Output()
        defer { output.flush() }
        for finding in result.findings { output.line(visible("\(finding)")) }
        let more = result.findingCount - result.findings.count
        if more > 0 { output.line("and \(more) more") }
        for path in result.sideFiles {
            output.line(visible("\(path): what a crash left unfinished; it was never acknowledged"))
        }
        let numbers = result.firstSeq.flatMap { first in result.lastSeq.map { ", numbers \(first) to \($0)" } } ?? ""
        let verdict = result.isSound ? "sound" : counted(result.findingCount, "fault")
        let size = "\(counted(result.files, "file")), \(counted(result.bytes, "byte"))"
        output.line(visible("\(path): \(counted(result.records, "record"))\(numbers), \(size): \(verdict)"))
        if !result.isSound { throw ExitCode.dataError }
    }
}
