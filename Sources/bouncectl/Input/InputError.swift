// Why an input could not be read, and the exit status that goes with it (sysexits(3)).

import ArgumentParser
import Glibc

extension ExitCode {
    /// EX_DATAERR: some input could not be parsed at all.
    static let dataError = ExitCode(65)
    /// EX_NOINPUT: a file is not there or cannot be read.
    static let noInput = ExitCode(66)
    /// EX_UNAVAILABLE: what the command asked did not do what it should (an agent that does not answer).
    static let unavailable = ExitCode(69)
    /// EX_CANTCREAT: a file for the output cannot be made.
    static let cannotCreate = ExitCode(73)
    /// EX_TEMPFAIL: another try may do.
    static let temporary = ExitCode(75)
    /// EX_CONFIG: the configuration or the rules cannot be used.
    static let configuration = ExitCode(78)
}

/// A file or folder that cannot be read.
struct InputError: Error, CustomStringConvertible {
    let path: String
    let code: Int32

    init(_ path: String, _ code: Int32 = errno) {
        self.path = path
        self.code = code
    }

    /// No such file, as against one that may not be read.
    var isAbsent: Bool { code == ENOENT }

    var description: String {
        guard let reason = strerror(code) else { return "\(path): error \(code)" }
        return "\(path): \(String(cString: reason))"
    }
}
