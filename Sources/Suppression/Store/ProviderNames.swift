// Which provider receives a recipient's mail: what rates, incidents and holds are kept by.

/// The known providers by their host and domain names.
package struct ProviderNames: Sendable {
    private let hosts: [String: String]
    private let domains: [String: String]

    /// Host and domain names in lower case to a provider's name. A host stands for all below it too.
    package init(hosts: [String: String], domains: [String: String]) {
        self.hosts = hosts
        self.domains = domains
    }

    /// The provider's name, else the recipient's domain itself. `remoteMTA` is a host name in any case, or nil.
    package func name(remoteMTA: String?, domain: String) -> String {
        if let remoteMTA, !hosts.isEmpty, let name = Self.look(up: remoteMTA.lowercased(), in: hosts) { return name }
        return domains[domain] ?? domain
    }

    private static func look(up name: String, in names: [String: String]) -> String? {
        if names.isEmpty { return nil }
        var rest = name[...]
        while true {
            if let found = names[String(rest)] { return found }
            guard let dot = rest.utf8.firstIndex(of: UInt8(ascii: ".")) else { return nil }
            rest = rest[rest.utf8.index(after: dot)...]
        }
    }
}
