// Which line of a configuration file each option stands on.

/// The lines, from 1, on which the options of a file stand. TOML++ tells positions only of syntax errors.
struct OptionLines {
    private var lines: [String: Int] = [:]
    private let texts: [Substring]

    init(_ text: String) {
        var number = 0
        var table = ""
        texts = text.split(separator: "\n", omittingEmptySubsequences: false)
        for line in texts {
            number += 1
            let words = line.drop { $0 == " " || $0 == "\t" }
            if words.first == "[" {
                table = Self.name(words.drop { $0 == "[" }.prefix { $0 != "]" })
                add(table, number)
            } else if let equals = words.firstIndex(of: "=") {
                let name = Self.name(words[..<equals])
                add(table.isEmpty ? name : table + "." + name, number)
                // `stamp = { key_files = [] }`, and a dotted name's table.
                if table.isEmpty, let dot = name.firstIndex(of: ".") { add(String(name[..<dot]), number) }
            }
        }
    }

    /// For what an inline table holds, the table's line.
    subscript(name: String) -> Int? { lines[name] ?? name.firstIndex(of: ".").flatMap { lines[String(name[..<$0])] } }

    /// The line, from 1, with quotes about its value, where that is a word or a path without any; nil for another line.
    func unquoted(_ number: Int) -> String? {
        guard texts.indices.contains(number - 1) else { return nil }
        let parts = texts[number - 1].split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let name = parts.first, let rest = parts.last else { return nil }
        let value = rest.prefix { $0 != "#" }.filter { $0 != " " && $0 != "\t" && $0 != "\r" }
        guard let first = value.first, first.isLetter || "/@*".contains(first),
            !value.contains(where: { "\"'[]{}".contains($0) })
        else { return nil }
        return "\(Self.name(name)) = \"\(value)\""
    }

    private mutating func add(_ name: String, _ line: Int) {
        if lines[name] == nil { lines[name] = line }
    }

    /// Without the quotes and blanks that a key may have.
    private static func name(_ text: Substring) -> String {
        String(text.filter { $0 != "\"" && $0 != "'" && $0 != " " && $0 != "\t" && $0 != "\r" })
    }
}
