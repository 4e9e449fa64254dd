// Reads bounce-milter.toml(5).

import TOMLOptions

extension Configuration {
    /// Reads a whole file.
    package init(file: String) throws(ConfigurationError) {
        try self.init(try OptionFile(path: file))
    }

    package init(_ file: OptionFile) throws(ConfigurationError) {
        self.init()
        try file.read(ConfigurationOption.all, Self.agreements, into: &self, kind: .agent, other: .store)
    }

    private static let agreements: [OptionAgreement<Configuration>] = [
        OptionAgreement(
            "return_path.sign", "stamp.key_files",
            reason: "return_path.sign needs a key: name its file in stamp.key_files"
        ) {
            $0.returnPathSign.isEmpty || !$0.stampKeyFiles.isEmpty
        },
        OptionAgreement(
            "max_header_bytes", "max_message_bytes",
            reason: "max_header_bytes must not be more than max_message_bytes"
        ) {
            $0.maxHeaderBytes <= $0.maxMessageBytes
        },
    ]

    /// The options of `other` that differ from these and that only a restart brings into force.
    package func differencesThatNeedRestart(from other: Configuration) -> [String] {
        ConfigurationOption.all.filter { $0.needsRestart && $0.written(self) != $0.written(other) }.map(\.name)
    }
}
