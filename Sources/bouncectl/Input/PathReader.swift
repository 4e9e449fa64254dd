// Commands that take any number of paths, and command lines that are long for them.

import ArgumentParser

/// A command that takes any number of paths.
protocol PathReader: ParsableCommand {
    var paths: [String] { get set }
}

extension PathReader {
    /// Runs what a command line asks for: this command, or its help. Does not return where that fails.
    static func start(_ words: [String]) {
        let line = LongLine(words)
        do {
            var command = try Bouncectl.parseAsRoot(line.parsed)
            if var reader = command as? Self {
                line.putBack(into: &reader.paths)
                try reader.run()
            } else {
                try command.run()
            }
        } catch {
            Bouncectl.exit(withError: error)
        }
    }
}

/// A command line, without most of its paths: ArgumentParser takes time with the square of their number, ten seconds for the 20,000
/// that `cur/*` easily is.
private struct LongLine {
    /// More than a command's names, an option's value and a path.
    private static let wordsKept = 16

    let parsed: [String]
    /// Paths: what stands behind the first words of the longest row of words that are no options.
    private let held: ArraySlice<String>

    init(_ words: [String]) {
        let longest = words.split { $0.hasPrefix("-") }.max { $0.count < $1.count } ?? []
        held = longest.dropFirst(Self.wordsKept)
        parsed = Array(words[..<held.startIndex] + words[held.endIndex...])
    }

    /// Puts the paths where they stood.
    func putBack(into paths: inout [String]) {
        guard !held.isEmpty else { return }
        let before = paths.lastIndex(of: parsed[held.startIndex - 1]) ?? paths.endIndex - 1
        paths.insert(contentsOf: held, at: before + 1)
    }
}
