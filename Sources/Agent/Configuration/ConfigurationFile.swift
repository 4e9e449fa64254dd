// Reads bounce-milter.toml(5).

import TOMLOptions

extension Configuration {
    /// Reads a whole file.
    package init(file: String) throws(ConfigurationError) {
        try self.init(try OptionFile(path: file))
    }

    package init(_ file: OptionFile) throws(ConfigurationError) {
        self.init()
        try file.read(ConfigurationOption.all, into: &self, kind: .agent, other: .store)
        var problems: [ConfigurationProblem] = []
        if !returnPathSign.isEmpty, stampKeyFiles.isEmpty {
            problems.append(
                file.problem(
                    at: "return_path.sign",
                    reason: "return_path.sign needs a key: name its file in stamp.key_files"))
        }
        if maxHeaderBytes > maxMessageBytes {
            problems.append(
                file.problem(
                    at: "max_header_bytes", "max_message_bytes",
                    reason: "max_header_bytes must not be more than max_message_bytes"))
        }
        if let error = ConfigurationError(problems) { throw error }
    }

    /// The options of `other` that differ from these and that only a restart brings into force.
    package func differencesThatNeedRestart(from other: Configuration) -> [String] {
        ConfigurationOption.all.filter { $0.needsRestart && $0.written(self) != $0.written(other) }.map(\.name)
    }
}
