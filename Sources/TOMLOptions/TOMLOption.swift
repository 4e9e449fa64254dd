// One option of a configuration file: its name, what its value must be, and where it goes.

import TOMLKit

/// An option that sets something of a `Configuration`.
package struct TOMLOption<Configuration: Sendable>: Sendable {
    package let name: String
    /// What is right, for people: "a whole number of bytes from 4096 to 1073741824".
    package let expects: String
    /// Whether a reload leaves the old value in force.
    package private(set) var needsRestart = false
    /// The value that a configuration holds, in TOML.
    package let written: @Sendable (Configuration) -> String
    /// Puts a value of the file into the configuration; false where it is not what `expects` says.
    let read: @Sendable (any TOMLValueConvertible, inout Configuration) -> Bool

    /// Where in the configuration a value goes.
    package typealias Place<Value> = WritableKeyPath<Configuration, Value> & Sendable

    /// The same option, which only a restart brings into force.
    package var restart: TOMLOption {
        var option = self
        option.needsRestart = true
        return option
    }

    /// A string without NUL bytes.
    package static func text(
        _ name: String, _ place: Place<String>, _ expects: String,
        _ isRight: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> TOMLOption {
        TOMLOption(name: name, expects: expects, written: { quoted($0[keyPath: place]) }) {
            value, configuration in
            guard let string = value.string, !string.utf8.contains(0), isRight(string) else { return false }
            configuration[keyPath: place] = string
            return true
        }
    }

    /// The absolute path of a file or folder, or nothing, which stands for what `emptyFor` says.
    package static func path(_ name: String, _ place: Place<String>, emptyFor meaning: String) -> TOMLOption {
        text(name, place, "an absolute path, or empty for \(meaning)") {
            $0.isEmpty || $0.utf8.first == UInt8(ascii: "/")
        }
    }

    /// A list of strings, of one at least where it `needsOne`; `expects` in the plural.
    package static func list(
        _ name: String, _ place: Place<[String]>, _ expects: String, needsOne: Bool = false,
        _ isRight: @escaping @Sendable (String) -> Bool
    ) -> TOMLOption {
        TOMLOption(
            name: name, expects: (needsOne ? "a list of one or more " : "a list of ") + expects,
            written: { "[" + $0[keyPath: place].map(quoted).joined(separator: ", ") + "]" }
        ) { value, configuration in
            guard let array = value.array, !(needsOne && array.isEmpty) else { return false }
            var strings: [String] = []
            for element in array {
                guard let string = element.string, isRight(string) else { return false }
                strings.append(string)
            }
            configuration[keyPath: place] = strings
            return true
        }
    }

    /// A whole number of a unit, in a range.
    package static func number(
        _ name: String, _ place: Place<Int>, _ range: ClosedRange<Int>, _ unit: String
    ) -> TOMLOption {
        TOMLOption(
            name: name, expects: "a whole number of \(unit) from \(range.lowerBound) to \(range.upperBound)",
            written: { String($0[keyPath: place]) }
        ) { value, configuration in
            guard let number = value.int, range.contains(number) else { return false }
            configuration[keyPath: place] = number
            return true
        }
    }

    /// `true` or `false`.
    package static func flag(_ name: String, _ place: Place<Bool>) -> TOMLOption {
        TOMLOption(name: name, expects: "true or false", written: { String($0[keyPath: place]) }) {
            value, configuration in
            guard let flag = value.bool else { return false }
            configuration[keyPath: place] = flag
            return true
        }
    }

    /// One of an enum's words.
    package static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ place: Place<Choice>
    ) -> TOMLOption {
        TOMLOption(
            name: name, expects: Choice.allCases.map { quoted($0.rawValue) }.joined(separator: " or "),
            written: { quoted($0[keyPath: place].rawValue) }
        ) { value, configuration in
            guard let choice = value.string.flatMap(Choice.init(rawValue:)) else { return false }
            configuration[keyPath: place] = choice
            return true
        }
    }

    /// A list of an enum's words, each at most once.
    package static func choices<Choice: RawRepresentable<String> & Hashable & Sendable>(
        _ name: String, _ place: Place<[Choice]>, of allowed: [Choice]
    ) -> TOMLOption {
        TOMLOption(
            name: name, expects: "a list of " + allowed.map { quoted($0.rawValue) }.joined(separator: ", "),
            written: { "[" + $0[keyPath: place].map { quoted($0.rawValue) }.joined(separator: ", ") + "]" }
        ) { value, configuration in
            guard let array = value.array else { return false }
            let choices = array.compactMap { $0.string.flatMap(Choice.init(rawValue:)) }
            guard choices.count == array.count, Set(choices).count == choices.count,
                choices.allSatisfy(allowed.contains)
            else { return false }
            configuration[keyPath: place] = choices
            return true
        }
    }

    private static func quoted(_ text: String) -> String { "\"" + text + "\"" }
}

/// What must hold of several options, each of which is right by itself.
package struct OptionAgreement<Configuration: Sendable>: Sendable {
    /// An error is on the line of the first of them that the file has.
    let options: [String]
    /// What does not go together, for people, and what would be right.
    let reason: String
    let holds: @Sendable (Configuration) -> Bool

    package init(_ options: String..., reason: String, holds: @escaping @Sendable (Configuration) -> Bool) {
        (self.options, self.reason, self.holds) = (options, reason, holds)
    }
}
