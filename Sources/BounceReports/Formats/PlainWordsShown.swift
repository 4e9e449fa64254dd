// Plain words: a list made of To fields, or what is shown of the message.

import MailSyntax

extension PlainWords.Scan {
    /// Adds each address with the reply below it, or the first alone where nobody else was found.
    mutating func addShown() {
        let words = shown.indices.map(wordsBelow)
        let isList = shown.count > 1 && words.allSatisfy { $0.contains(where: Self.hasFailureCode) }
        if isList, Set(shown.map { $0.address.lowercased() }).isSuperset(of: entryOfAddress.keys) {
            (entries, entryOfAddress) = ([], [:])
        }
        guard entries.isEmpty else { return }
        for index in shown.indices.prefix(isList ? limits.recipients : 1) {
            add(shown[index].address, words[index], at: shown[index].line)
        }
    }

    private static func hasFailureCode(_ line: Bytes) -> Bool {
        let reply = SMTPReply.parse(line)
        return (reply.code ?? 0) >= 400 || (reply.status?.statusClass ?? 0) >= 4
    }

    /// What stands below the fields of the message that is shown, up to the next To field.
    private func wordsBelow(_ index: Int) -> [Bytes] {
        let line = shown[index].line
        let end = index + 1 < shown.count ? shown[index + 1].line : notice.lines.count
        let margin = notice.lines[line].prefix { $0 == 0x20 || $0 == 0x09 }.count
        var fields = HeaderRun(line: line)
        return Array(
            notice.lines[line..<end].lazy.drop { fields.takes($0.dropFirst(margin)) }.prefix(Self.limitWords))
    }

    func isField(_ line: Bytes) -> Bool {
        var fields = HeaderRun(line: 0)
        return fields.takes(line)
    }
}
