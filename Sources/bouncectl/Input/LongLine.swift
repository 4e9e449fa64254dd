// Commands that take any number of words, and command lines that are long for them.

import ArgumentParser

/// A command that takes any number of paths or addresses.
protocol LongLineReader: ParsableCommand {
    /// Where they are.
    static var list: WritableKeyPath<Self, [String]> { get }
    /// What one is taken for. Throws `ValidationError` for what it may not be.
    static func word(_ argument: String) throws -> String
}

extension LongLineReader {
    static func word(_ argument: String) throws -> String { argument }

    /// Runs what a command line asks for: this command, or its help. Does not return where that fails.
    static func start(_ words: [String]) {
        let line = LongLine(words)
        do {
            var command = try Bouncectl.parseAsRoot(line.parsed)
            if var reader = command as? Self {
                try line.putBack(into: &reader)
                try reader.run()
            } else {
                try command.run()
            }
        } catch {
            Bouncectl.exit(withError: error)
        }
    }
}

/// A command line, without most of its paths or addresses: ArgumentParser takes time with the square of their number, ten seconds for the
/// 20,000 that `cur/*` easily is.
private struct LongLine {
    /// More than a command's names, an option's value and a path.
    private static let wordsKept = 16

    let parsed: [String]
    /// What stands behind the first words of the longest row of words that are no options.
    private let held: ArraySlice<String>

    init(_ words: [String]) {
        let longest = words.split { $0.hasPrefix("-") }.max { $0.count < $1.count } ?? []
        held = longest.dropFirst(Self.wordsKept)
        parsed = Array(words[..<held.startIndex] + words[held.endIndex...])
    }

    /// Puts the words where they stood.
    func putBack<Reader: LongLineReader>(into reader: inout Reader) throws {
        guard !held.isEmpty else { return }
        let last = try Reader.word(parsed[held.startIndex - 1])
        let before = reader[keyPath: Reader.list].lastIndex(of: last) ?? reader[keyPath: Reader.list].endIndex - 1
        let back = try held.map { word in
            do {
                return try Reader.word(word)
            } catch let error as ValidationError {
                throw ValidationError("The value '\(word)' is invalid: \(error.message)")
            }
        }
        reader[keyPath: Reader.list].insert(contentsOf: back, at: before + 1)
    }
}
