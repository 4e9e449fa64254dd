// What is wrong with rule files, in the form that an editor understands: file:line: reason.

/// One thing that is wrong, and what would be right.
package struct RuleProblem: Sendable, Hashable, CustomStringConvertible {
    package var place: RulePlace
    package var reason: String

    package var description: String { "\(place): \(reason)" }
}

/// Why a set of rule files was refused. Nothing of it is in use.
package struct RuleError: Error, CustomStringConvertible {
    /// More are counted only, file by file.
    static let limitProblems = 50

    /// At least one, in the order of files and lines.
    package private(set) var problems: [RuleProblem]

    /// - Parameter problems: In the order of files.
    init(_ problems: [RuleProblem]) {
        self.problems = Array(problems.prefix(Self.limitProblems))
        var rest = problems.dropFirst(Self.limitProblems)
        while let file = rest.first?.place.file {
            let others = rest.drop { $0.place.file == file }
            let place = RulePlace(file: file, line: 0)
            self.problems.append(RuleProblem(place: place, reason: "and \(rest.count - others.count) more"))
            rest = others
        }
    }

    init(_ file: String, line: Int = 0, _ reason: String) {
        problems = [RuleProblem(place: RulePlace(file: file, line: line), reason: reason)]
    }

    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
