// Where swift-log's lines go: standard error or syslog's facility mail. One line an event, whatever the mail had in it.

import Glibc
import Logging
import POSIX
import Synchronization

/// Text of mail made safe for a log line: control characters and what a terminal obeys become `\xNN`, and it is cut.
package func escapedForLog(_ text: some StringProtocol, limitBytes: Int = 1_000) -> String {
    if text.utf8.count <= limitBytes, text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) { return String(text) }
    var line: [UInt8] = []
    for scalar in text.unicodeScalars {
        if line.count >= limitBytes {
            line += "...".utf8
            break
        }
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x2028, 0x2029:
            let hex = String(scalar.value, radix: 16)
            line += "\\x".utf8
            if hex.utf8.count < 2 { line += "0".utf8 }
            line += hex.utf8
        default: line += String(scalar).utf8
        }
    }
    return String(decoding: line, as: UTF8.self)
}

/// From which level on lines are logged: one for all copies of a logger, so that a reload changes it for each who has one.
package final class LogLevel: Sendable {
    private static let levels = Logger.Level.allCases
    /// The level's place in `levels`: each message asks for it, so that there is no lock.
    private let place: Atomic<Int>

    package init(_ level: Logger.Level) { place = Atomic(Self.place(of: level)) }

    var value: Logger.Level {
        get { Self.levels[place.load(ordering: .relaxed)] }
        set { place.store(Self.place(of: newValue), ordering: .relaxed) }
    }

    private static func place(of level: Logger.Level) -> Int { levels.firstIndex(of: level) ?? 0 }
}

/// Writes each line to standard error, with its level where it is worth a look.
package struct StandardErrorLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level {
        get { level.value }
        set { level.value = newValue }
    }
    private let level: LogLevel

    package init(level: LogLevel) { self.level = level }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let level = event.level >= .warning ? "\(event.level): " : ""
        let line = "bounce-milter[\(getpid())]: \(level)\(escapedForLog(event.message.description))\n"
        // There is nowhere to tell that standard error cannot be written.
        try? Files.write(Array(line.utf8), to: STDERR_FILENO, "standard error")
    }
}

/// Hands each line to syslog(3), facility mail, as `bounce-milter[PID]`.
package struct SystemLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level {
        get { level.value }
        set { level.value = newValue }
    }
    private let level: LogLevel

    /// The name that openlog(3) keeps a pointer to: it must live as long as the process.
    private static let identity = StaticString("bounce-milter")

    package init(level: LogLevel) {
        self.level = level
        Self.identity.withUTF8Buffer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { openlog($0.baseAddress, LOG_PID | LOG_NDELAY, LOG_MAIL) }
        }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let priority =
            switch event.level {
            case .trace, .debug: LOG_DEBUG
            case .info: LOG_INFO
            case .notice: LOG_NOTICE
            case .warning: LOG_WARNING
            case .error: LOG_ERR
            case .critical: LOG_CRIT
            }
        let line = escapedForLog(event.message.description)
        line.withCString { text in
            withVaList([text]) { vsyslog(priority, "%s", $0) }
        }
    }
}

extension LogThreshold {
    var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}
