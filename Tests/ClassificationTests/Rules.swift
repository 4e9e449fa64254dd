// The rules under test: the shipped ones, and small sets written in a test.

import MailSyntax
import Vocabulary

@testable import Classification

enum Rules {
    /// The root of the package.
    static let root = String(#filePath.prefix(upTo: #filePath.range(of: "/Tests/ClassificationTests/").lowerBound))

    static let shippedSource: RuleSource = {
        do { return try RuleSource(shipped: root + "/conf/rules") } catch { fatalError("\(error)") }
    }()

    static let shippedCollection: RuleCollection = {
        do { return try RuleCollection(shippedSource) } catch { fatalError("\(error)") }
    }()

    /// Compiled once for all runs: the cache lies in the build folder.
    static let shipped: Classifier = {
        do {
            let folder = TemporaryFolder.make(root + "/.build/rule-cache")
            return Classifier(rules: try RuleSet.load(shippedSource, cache: RuleCache(folders: [folder])))
        } catch { fatalError("\(error)") }
    }()

    static func source(_ text: String, site: String? = nil) -> RuleSource {
        var files: [RuleSource.File] = []
        if let site { files.append(RuleSource.File(path: "site.toml", bytes: Array(site.utf8), isSite: true)) }
        files.append(RuleSource.File(path: "shipped.toml", bytes: Array(text.utf8), isSite: false))
        return RuleSource(files: files)
    }

    static func classifier(_ text: String, site: String? = nil) throws -> Classifier {
        Classifier(rules: try RuleSet.load(source(text, site: site), cache: nil))
    }

    /// Which of these rules wins.
    static func winner(of reply: String, among rules: String) throws -> String {
        try classifier(rules).explain(Evidence(reply: reply)).verdict.rule
    }
}

extension Evidence {
    /// A reply as `bouncectl classify --reply` takes it.
    init(
        reply text: String, remoteMTA: String? = nil, command: String? = nil, domain: String? = nil,
        isDelayed: Bool = false
    ) {
        self.init(diagnostic: Diagnostic.normalize(Bytes(utf8: text)))
        self.remoteMTA = remoteMTA.map(Bytes.init(utf8:))
        self.command = command.map(Bytes.init(utf8:))
        recipientDomain = domain.map(Bytes.init(utf8:))
        self.isDelayed = isDelayed
    }
}

extension String {
    fileprivate func range(of word: String) -> Range<String.Index> {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(word) { return start..<index(start, offsetBy: word.count) }
            start = index(after: start)
        }
        return endIndex..<endIndex
    }
}
