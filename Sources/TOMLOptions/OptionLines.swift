// Which line of a configuration file each option stands on.

/// The lines, from 1, on which the options of a file stand. TOML++ tells positions only of syntax errors.
struct OptionLines {
    private var lines: [String: Int] = [:]

    init(_ text: String) {
        var number = 0
        var table = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
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

    private mutating func add(_ name: String, _ line: Int) {
        if lines[name] == nil { lines[name] = line }
    }

    /// Without the quotes and blanks that a key may have.
    private static func name(_ text: Substring) -> String {
        String(text.filter { $0 != "\"" && $0 != "'" && $0 != " " && $0 != "\t" && $0 != "\r" })
    }
}
