// How the daemon ends: sysexits(3), as every MTA and service manager knows them.

/// The exit statuses that are used, without their EX_.
package enum ExitStatus: CInt, Sendable {
    case ok = 0
    case usage = 64
    case dataError = 65
    case noUser = 67
    case unavailable = 69
    case software = 70
    case osError = 71
    case cannotCreate = 73
    case ioError = 74
    case noPermission = 77
    case configuration = 78
}

/// A reason to end, for people: a line for each thing that is wrong.
package struct Failure: Error, CustomStringConvertible {
    package var status: ExitStatus
    package var description: String

    package init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }

    /// For the log.
    var inOneLine: String { description.split(separator: "\n").joined(separator: "; ") }
}
