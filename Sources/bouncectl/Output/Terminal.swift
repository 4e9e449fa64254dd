// Standard output and standard error: buffering, colour, the width of the terminal, text that cannot steer it.

import Glibc
import POSIX

/// Standard output or a file, written in large pieces.
final class Output {
    static let bufferBytes = 64 << 10
    static let isTerminal = isatty(STDOUT_FILENO) == 1
    private let descriptor: Int32
    /// For what is said where it cannot be written.
    private let name: String
    private var buffer: [UInt8] = []

    init() {
        descriptor = STDOUT_FILENO
        name = "standard output"
    }

    /// A file that only its owner may read, as it holds addresses; one that is there is written anew.
    init(file path: String) throws(InputError) {
        name = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw InputError(path) }
    }

    deinit {
        flush()
        if descriptor != STDOUT_FILENO { close(descriptor) }
    }

    func line(_ text: String) {
        buffer += text.utf8
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.bufferBytes { flush() }
    }

    /// A line that is one object of JSON, written in place.
    func object(_ fill: (inout JSONLine) -> Void) {
        JSONLine.append(to: &buffer, fill)
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.bufferBytes { flush() }
    }

    func line(_ text: [UInt8]) {
        buffer += text
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.bufferBytes { flush() }
    }

    /// Bytes as they are, with no line feed behind them.
    func write(_ bytes: [UInt8]) {
        buffer += bytes
        if buffer.count >= Self.bufferBytes { flush() }
    }

    func flush() {
        writeAll(buffer, to: descriptor, name)
        buffer.removeAll(keepingCapacity: true)
    }
}

private func writeAll(_ bytes: [UInt8], to descriptor: Int32, _ name: String) {
    do throws(SystemError) {
        try Files.write(bytes, to: descriptor, name)
    } catch {
        // Nobody reads any more, or the disk behind a redirection is full.
        if descriptor != STDERR_FILENO { complain("\(name): \(error.reason)") }
        _exit(74)  // EX_IOERR
    }
}

/// One line on standard error: what, object, reason.
func complain(_ text: String) {
    writeAll([UInt8]("bouncectl: \(visible(text))\n".utf8), to: STDERR_FILENO, "standard error")
}

/// Writes on standard error without a line's end.
func showStatus(_ text: String) {
    writeAll([UInt8](text.utf8), to: STDERR_FILENO, "standard error")
}

/// `text` with control and format characters replaced by `?`: foreign text must not move the cursor or turn the line round.
func visible(_ text: String) -> String {
    guard !text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value < 0x7F }) else { return text }
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
            shown.append("?")
        default: shown.append(scalar)
        }
    }
    return String(shown)
}

/// The terminal's columns; nil where standard output is none.
func terminalColumns() -> Int? {
    var size = winsize()
    guard Output.isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
}

/// Colour on a terminal, unless NO_COLOR is set or the terminal is dumb.
struct Paint {
    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case magenta = "35"
        case cyan = "36"
    }

    let isOn: Bool

    static func forOutput() -> Paint {
        let terminal = getenv("TERM").map { String(cString: $0) }
        return Paint(isOn: Output.isTerminal && getenv("NO_COLOR") == nil && terminal != "dumb")
    }

    func callAsFunction(_ style: Style, _ text: String) -> String {
        isOn ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}

/// `1 file`, `2 files`.
func counted(_ count: some BinaryInteger, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : noun.hasSuffix("s") ? "es" : "s")"
}

extension String {
    /// Filled up with spaces to `width` characters; never cut.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    /// At most `width` characters, with an ellipsis where it was cut.
    func shortened(to width: Int) -> String {
        count <= width ? self : String(prefix(max(0, width - 1))) + "…"
    }
}
