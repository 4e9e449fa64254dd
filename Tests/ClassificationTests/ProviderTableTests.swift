// Which receivers a reply names: the hashed look-up against a look at each name.

import MailSyntax
import Testing
import Vocabulary

@testable import Classification

@Suite struct ProviderTableTests {
    static let providers: [Provider] = [
        ("alpha", ["alpha.example", "mx.alpha.example"], ["alpha.test"]),
        ("beta", ["mx.alpha.example", "b.co", "example"], ["alpha.test", "b.co"]),
        ("gamma", ["a-very-long-name-of-a-host.gamma.example"], []),
    ].map { name, hosts, domains in
        var provider = Provider(name: name)
        provider.hosts = hosts
        provider.domains = domains
        return provider
    }
    static let table = ProviderTable(providers)

    private static func found(_ evidence: Evidence) -> [String] {
        let found = table.find(evidence, Facts(evidence))
        return (0..<found.count).map { providers[found[$0]].name }
    }

    /// The nearest domain first.
    private static func expected(_ host: String) -> [String] {
        var labels = host.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        var names: [String] = []
        while labels.count > 1 {
            let name = labels.joined(separator: ".")
            for provider in providers where provider.hosts.contains(name) && !names.contains(provider.name) {
                names.append(provider.name)
            }
            labels.removeFirst()
        }
        return names
    }

    static let hosts = [
        "alpha.example", "ALPHA.example", "mx.alpha.example", "a.mx.alpha.example", "xmx.alpha.example",
        "alpha.example.org", "b.co", "x.b.co", "xb.co", "example", "x.example", "co", "b..co", "..b.co",
        ".alpha.example",
        "a-very-long-name-of-a-host.gamma.example", "x.a-very-long-name-of-a-host.gamma.example",
        "xa-very-long-name-of-a-host.gamma.example", String(repeating: "x", count: 300) + ".alpha.example",
    ]

    @Test(arguments: hosts) func host(_ host: String) {
        let expected = Self.expected(host)
        #expect(Self.found(Evidence(remoteMTA: Bytes(utf8: host))) == expected)
        #expect(Self.found(Evidence(reportingMTA: Bytes(utf8: host + "."))) == expected)
        for text in ["\(host) said no", "see https://\(host)/x", "of \(host).", "x.test, then [\(host)]"]
        where !host.hasPrefix(".") {
            #expect(Self.found(Evidence(diagnostic: Bytes(utf8: text))) == expected, "\(text)")
        }
        if host.hasPrefix(".") { return }
        #expect(Self.found(Evidence(diagnostic: Bytes(utf8: "<someone@\(host)> is unknown"))) == [])
    }

    @Test(arguments: [
        ("alpha.test", ["alpha", "beta"]), ("b.co", ["beta"]), ("x.b.co", []), ("alpha.example", []), ("", []),
    ])
    func recipientDomain(_ domain: String, _ expected: [String]) {
        #expect(Self.found(Evidence(recipientDomain: Bytes(utf8: domain))) == expected)
    }

    /// Each name of a text is looked at, up to a limit.
    @Test func names() {
        let text = (0..<15).map { "n\($0).test" }.joined(separator: " ")
        #expect(Self.found(Evidence(diagnostic: Bytes(utf8: text + " alpha.example"))) == ["alpha"])
        #expect(Self.found(Evidence(diagnostic: Bytes(utf8: text + " n15.test alpha.example"))) == [])
    }

    /// As many as a rule file of the largest size can name.
    @Test func manyProviders() {
        let many = (0..<70_000).map { number in
            var provider = Provider(name: "p\(number)")
            provider.hosts = ["h\(number).example"]
            return provider
        }
        let evidence = Evidence(remoteMTA: Bytes(utf8: "mx.h69999.example"))
        let found = ProviderTable(many).find(evidence, Facts(evidence))
        #expect((0..<found.count).map { found[$0] } == [69_999])
    }
}
