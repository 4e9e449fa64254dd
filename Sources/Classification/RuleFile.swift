// One rule file (TOML) to rules, providers and samples, checked whole: every problem is collected.

import MailSyntax
import TOMLKit
import TOMLOptions
import Vocabulary

/// What one file holds.
struct RuleFile {
    let providers: [Provider]
    let rules: [Rule]
    /// The samples of each rule; as many as `rules`.
    let samples: [[RuleSample]]
    /// What is wrong with it, in the order of lines; what is right is read all the same.
    let problems: [RuleProblem]

    /// Bytes; a larger file is an error.
    static let limitBytes = 4 << 20

    /// Fails where it is no TOML, of which nothing can be read.
    init(file: String, bytes: [UInt8]) throws(RuleError) {
        let text = RuleText(file: file, bytes: bytes)
        guard !bytes.contains(0) else { throw RuleError(file, "holds a NUL byte; a rule file is a text") }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw RuleError(file, line: Self.firstLineNotUTF8(bytes), "not UTF-8")
        }
        if let mistake = TOMLMistake(in: bytes) { throw RuleError(file, line: mistake.line, mistake.reason) }
        let table: TOMLTable
        do {
            table = try TOMLTable(string: String(decoding: bytes, as: UTF8.self))
        } catch let error as TOMLParseError {
            throw RuleError(file, line: error.source.begin.line, error.description)
        } catch {
            throw RuleError(file, "\(error)")
        }
        var reader = RuleFileReader(text: text)
        reader.readFile(table)
        providers = reader.providers
        rules = reader.rules
        samples = reader.samples
        problems = reader.problems.sorted { $0.place.line < $1.place.line }
    }

    private static func firstLineNotUTF8(_ bytes: [UInt8]) -> Int {
        var number = 0
        for line in bytes[...].lines {
            number += 1
            if String(validating: line, as: UTF8.self) == nil { return number }
        }
        return number
    }
}

/// Reads the tables of one file and keeps what is wrong with them.
struct RuleFileReader {
    let text: RuleText
    var problems: [RuleProblem] = []
    var providers: [Provider] = []
    var rules: [Rule] = []
    var samples: [[RuleSample]] = []

    init(text: RuleText) { self.text = text }

    mutating func readFile(_ table: TOMLTable) {
        let places = text.keys()
        for (key, value) in table {
            switch key {
            case "rule", "provider":
                guard let entries = value.array, entries.allSatisfy({ $0.table != nil }) else {
                    report(places[key], "\(key) must stand in two brackets: [[\(key)]]")
                    continue
                }
                for (number, entry) in entries.enumerated() {
                    guard let table = entry.table else { continue }
                    if key == "rule" { readRule(table, number) } else { readProvider(table, number) }
                }
            default:
                report(places[key], "unknown key \(key); a rule file holds [[provider]] and [[rule]]")
            }
        }
    }

    mutating func report(_ place: RulePlace, _ reason: String) {
        problems.append(RuleProblem(place: place, reason: reason))
    }

    // MARK: - [[provider]]

    private mutating func readProvider(_ table: TOMLTable, _ number: Int) {
        var provider = Provider(name: "")
        let places = text.keys(of: .provider, number)
        for (key, value) in table {
            let place = places[key]
            switch key {
            case "name": provider.name = readName(value, place) ?? ""
            case "hosts": provider.hosts = readStrings(value, key, place, readDomain)
            case "domains": provider.domains = readStrings(value, key, place, readDomain)
            default: report(place, "unknown key \(key) in [[provider]]; known are name, hosts, domains")
            }
        }
        if table["name"] == nil { report(places.start, "a [[provider]] without a name") }
        if table["hosts"] == nil, table["domains"] == nil {
            report(places.start, "provider \(provider.name) has neither hosts nor domains")
        }
        providers.append(provider)
    }

    /// Letters, digits and `-`.
    private mutating func readName(_ value: any TOMLValueConvertible, _ place: RulePlace) -> String? {
        guard let name = value.string, Self.isWord(name[...]) else {
            report(place, "a provider's name is one word of lower-case letters, digits and hyphens, as \"google\"")
            return nil
        }
        return name
    }

    static func isWord(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || $0.isASCIIDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
    }

    private func readDomain(_ text: String) -> String? {
        let domain = text.lowercased()
        let isDomain =
            domain.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "@") && $0 != UInt8(ascii: "*") }
            && domain.utf8.contains(UInt8(ascii: ".")) && domain.utf8.count <= 253
            && !domain.split(separator: ".", omittingEmptySubsequences: false).contains("")
        return isDomain ? domain : nil
    }

    /// With a dot before it, all domains below: what a name can stand before.
    private func readDomainOrAllBelow(_ text: String) -> String? {
        guard text.utf8.first == UInt8(ascii: ".") else { return readDomain(text) }
        return (readDomain("x" + text)?.dropFirst()).map(String.init)
    }

    // MARK: - [[rule]]

    private static let conditionKeys = ["provider", "status", "reply", "command", "domain", "text", "not_text"]
    private static let ruleKeys = [
        "id", "category", "provider", "status", "reply", "command", "domain", "text", "not_text", "disposition",
        "action",
        "retry_after", "expires_days", "match", "no_match",
    ]

    private mutating func readRule(_ table: TOMLTable, _ number: Int) {
        let places = text.keys(of: .rule, number)
        let start = places.start
        if table.keys.isEmpty {
            return report(
                start,
                "an empty [[rule]]: give it an id, a category and a condition, as text = [\"user unknown\"]; see bounce-rules(5)"
            )
        }
        var rule = Rule(id: "", category: .undetermined, place: start)
        var samples: [RuleSample] = []
        for (key, value) in table {
            let place = places[key]
            switch key {
            case "id": rule.id = readID(value, place)
            case "category": rule.category = readWord(value, key, place) ?? .undetermined
            case "provider": rule.provider = readString(value, key, place)
            case "status":
                rule.status = readStrings(value, key, place, StatusPattern.init)
            case "reply":
                rule.reply = readStrings(value, key, place, ReplyPattern.init)
            case "command": rule.command = readStrings(value, key, place) { $0.isEmpty ? nil : $0 }
            case "domain": rule.domain = readStrings(value, key, place, readDomainOrAllBelow)
            case "text": rule.text = readStrings(value, key, place) { $0.isEmpty ? nil : $0 }
            case "not_text": rule.notText = readStrings(value, key, place) { $0.isEmpty ? nil : $0 }
            case "disposition": rule.disposition = readWord(value, key, place)
            case "action": rule.action = readWord(value, key, place)
            case "retry_after":
                if value.bool == nil { report(place, "retry_after must be true or false") }
                rule.retryAfter = value.bool ?? false
            case "expires_days":
                if let days = value.int, (1...Rule.limitExpiresDays).contains(days) {
                    rule.expiresDays = days
                } else {
                    report(place, "expires_days must be a number from 1 to \(Rule.limitExpiresDays)")
                }
            case "match": samples += readSamples(value, isMatch: true, place)
            case "no_match": samples += readSamples(value, isMatch: false, place)
            default:
                report(place, "unknown key \(key) in [[rule]]; known are \(Self.ruleKeys.joined(separator: ", "))")
            }
        }
        for key in ["id", "category"] where table[key] == nil { report(start, "a [[rule]] without \(key)") }
        if !Self.conditionKeys.contains(where: { table[$0] != nil }) {
            report(
                start,
                "\(rule.name) has no condition; give one of \(Self.conditionKeys.joined(separator: ", "))")
        }
        checkRule(rule, places)
        rules.append(rule)
        self.samples.append(samples)
    }

    private mutating func checkRule(_ rule: Rule, _ places: KeyPlaces) {
        let category = places["category"]
        if rule.category == .reversal { report(category, "reversal is an operator's, not a rule's") }
        let action = places["action"]
        if rule.action == .release { report(action, "release is an operator's action, not a rule's") }
        let disposition = rule.disposition ?? rule.category.defaultDisposition
        if (rule.action ?? rule.category.defaultAction) == .suppress, disposition == .block || disposition == .unknown {
            report(
                action,
                "\(rule.name) suppresses with disposition \(disposition.rawValue); only hard or soft can suppress")
        }
        if rule.expiresDays != nil, (rule.action ?? rule.category.defaultAction) != .suppress,
            rule.category != .mailboxFull
        {
            report(places["expires_days"], "expires_days without action = \"suppress\"")
        }
    }

    private mutating func readID(_ value: any TOMLValueConvertible, _ place: RulePlace) -> String {
        guard let id = value.string, id.utf8.count <= 80, id.contains("."),
            id.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(Self.isWord)
        else {
            report(
                place, "an id is provider.what in lower-case letters, digits and hyphens, as \"google.no-such-user\"")
            return ""
        }
        return id
    }

    // MARK: - Samples

    private static let sampleKeys = ["reply", "seen", "status", "code", "command", "remote_mta", "domain"]

    private mutating func readSamples(
        _ value: any TOMLValueConvertible, isMatch: Bool, _ key: RulePlace
    ) -> [RuleSample] {
        guard let entries = value.array else {
            report(key, "samples are a list of { reply = \"…\", seen = \"…\" }")
            return []
        }
        var samples: [RuleSample] = []
        var place = key
        for entry in entries {
            guard let table = entry.table, let reply = table["reply"]?.string, !reply.isEmpty else {
                report(key, "a sample is { reply = \"…\", seen = \"…\" } with the whole reply")
                continue
            }
            place = text.place(ofSample: reply, behind: place)
            guard let seen = table["seen"]?.string, !seen.isEmpty else {
                report(place, "a sample says where it was seen: seen = \"…\"")
                continue
            }
            var sample = RuleSample(reply: reply, seen: seen, isMatch: isMatch, place: place)
            for (key, value) in table {
                switch key {
                case "reply", "seen": break
                case "status":
                    sample.status = value.string.flatMap { EnhancedStatus(Bytes(utf8: $0)) }
                    if sample.status == nil { report(place, "status of a sample must be as \"5.1.1\"") }
                case "code":
                    sample.code = value.int.flatMap { (200...599).contains($0) ? UInt16($0) : nil }
                    if sample.code == nil { report(place, "code of a sample must be a number from 200 to 599") }
                case "command": sample.command = readString(value, key, place)
                case "remote_mta": sample.remoteMTA = readString(value, key, place)
                case "domain": sample.domain = readString(value, key, place)?.lowercased()
                default:
                    report(
                        place, "unknown key \(key) in a sample; known are \(Self.sampleKeys.joined(separator: ", "))")
                }
            }
            samples.append(sample)
        }
        return samples
    }

    // MARK: - Values

    private mutating func readString(
        _ value: any TOMLValueConvertible, _ key: String, _ place: RulePlace
    ) -> String? {
        guard let string = value.string, !string.isEmpty else {
            report(place, "\(key) must be a text in quotes")
            return nil
        }
        return string
    }

    /// A list of strings, each brought into shape by `convert`, which says nil to a bad one.
    private mutating func readStrings<Entry>(
        _ value: any TOMLValueConvertible, _ key: String, _ place: RulePlace, _ convert: (String) -> Entry?
    ) -> [Entry] {
        guard let array = value.array, array.count > 0 else {
            report(place, "\(key) must be a list of texts with at least one entry, as \(key) = [\"…\"]")
            return []
        }
        var entries: [Entry] = []
        for value in array {
            guard let string = value.string else {
                report(place, "\(key) must be a list of texts in quotes")
                continue
            }
            guard let entry = convert(string) else {
                report(place, "\"\(string)\" is no \(key); \(Self.wanted(key))")
                continue
            }
            entries.append(entry)
        }
        return entries
    }

    /// What would be right.
    private static func wanted(_ key: String) -> String {
        switch key {
        case "status": "right are \"5.1.1\", \"5.1.*\", \"*.1.1\""
        case "reply": "right are \"550\", \"55x\", \"5xx\""
        case "hosts", "domains": "right is a domain name as \"example.com\""
        case "domain": "right is a domain name as \"example.com\", or \".example.com\" for all below"
        default: "it is empty"
        }
    }

    /// A word of the fixed vocabulary.
    private mutating func readWord<Word: RawRepresentable & CaseIterable>(
        _ value: any TOMLValueConvertible, _ key: String, _ place: RulePlace
    ) -> Word? where Word.RawValue == String {
        guard let string = value.string, let word = Word(rawValue: string) else {
            let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
            report(place, "unknown \(key) \(value.string ?? value.debugDescription); known are \(known)")
            return nil
        }
        return word
    }
}
