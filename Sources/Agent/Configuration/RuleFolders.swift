// Where the rules lie: the folder that the configuration names, else a site's own over those that came with the program.

import Glibc
import TOMLOptions

/// The folders that rules are read from.
package struct RuleFolders: Sendable, Equatable {
    /// A site's own rules; it need not be there.
    package static let siteFolder = "/etc/bounce-milter/rules"
    /// A build folder lies no deeper in its checkout.
    private static let levelLimit = 8

    package var site: String?
    package var shipped: String

    /// `configured` is `rules_dir`, or empty. Throws where this program came without rules and none are configured.
    package init(configured: String) throws(ConfigurationError) {
        guard configured.isEmpty else {
            site = nil
            shipped = configured
            return
        }
        guard let program = Self.programPath(), let shipped = Self.shipped(with: program) else {
            throw ConfigurationError(
                file: "rules_dir", reason: "no rules found beside this program; name their folder")
        }
        site = Self.siteFolder
        self.shipped = shipped
    }

    /// `PREFIX/share/bounce-milter/rules` of an installed program, `conf/rules` of the checkout that it was built in.
    static func shipped(with program: String) -> String? {
        var folder = parent(of: program)
        let installed = parent(of: folder) + "/share/bounce-milter/rules"
        if isFolder(installed) { return installed }
        for _ in 0..<levelLimit where !folder.isEmpty {
            folder = parent(of: folder)
            let rules = folder + "/conf/rules"
            if access(folder + "/Package.swift", F_OK) == 0, isFolder(rules) { return rules }
        }
        return nil
    }

    private static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    private static func isFolder(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }

    private static func programPath() -> String? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }
}
