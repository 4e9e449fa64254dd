import TOMLOptions
import Testing

@Suite struct TOMLMistakeTests {
    /// What ends the program in toml++ (found by the fuzzer), with the line it is reported at.
    @Test(arguments: [
        ("[\n", 1), ("a = 1\n[ = ]\n", 2), ("[[\n", 1), ("[.a]", 1), ("[#x\n]", 1), ("a = [ }\n", 1),
        ("a = [1,\n # }\n }", 3), ("a = \"\"\"\n\"x\"\n\"\"\"\n[ ,", 4), ("a = '''\n[\n'''\n[\n", 4),
        ("a = {b=[}]}", 1),
        ("a = [\u{2028}1]", 1), ("\na = [\u{B}1]", 2), ("a = 1\rb = 2", 1),
        ("\n" + String(repeating: "a.", count: 200_000) + "a = 1", 2),
        ("[" + String(repeating: "a.", count: 200_000) + "a]", 1),
    ])
    func mistake(_ text: String, _ line: Int) {
        #expect(TOMLMistake(in: Array(text.utf8))?.line == line)
    }

    @Test(arguments: [
        "", "\u{FEFF}a = 1\r\n", "a = 'ä' # ö\n", "a = 1\n[b]\n[[c.d]]\n", "[ a ]\n['b']\n[\"c\"]",
        "a = [\n  1, # }\n  '}', \"}\\\"}\",\n  {b = 1},\n]\n[b]",
        "a = [[1], [], [ ]]\n", "a = \"[\"\nb = '['\nc = '''\n[\n}'''\n", "a = { }\nb = \"\"\"x\"\"\"\"\n", "[]", "[",
        "a = [1 }", "a.b.'c' = [" + String(repeating: "1.5, ", count: 100) + "]\n[a.d]\n",
        "a = \"\"\"\\\n[\n\"\"\"",
    ])
    func noMistake(_ text: String) {
        #expect(TOMLMistake(in: Array(text.utf8)) == nil)
    }
}
