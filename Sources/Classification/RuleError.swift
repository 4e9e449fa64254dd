// What is wrong with rule files, in the form that an editor understands: file:line: reason.

/// One thing that is wrong, and what would be right.
package struct RuleProblem: Sendable, Hashable, CustomStringConvertible {
    package var place: RulePlace
    package var reason: String

    package var description: String { "\(place): \(reason)" }
}

/// Why a set of rule files was refused. Nothing of it is in use.
package struct RuleError: Error, CustomStringConvertible {
    /// More are counted only.
    static let limitProblems = 50

    /// At least one, in the order of files and lines.
    package private(set) var problems: [RuleProblem]

    init(_ problems: [RuleProblem]) {
        self.problems = Array(problems.prefix(Self.limitProblems))
        if let next = problems.dropFirst(Self.limitProblems).first {
            let place = RulePlace(file: next.place.file, line: 0)
            self.problems.append(
                RuleProblem(place: place, reason: "and \(problems.count - Self.limitProblems) more"))
        }
    }

    init(_ file: String, line: Int = 0, _ reason: String) {
        problems = [RuleProblem(place: RulePlace(file: file, line: line), reason: reason)]
    }

    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
