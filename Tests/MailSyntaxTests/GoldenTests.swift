import Foundation
import MailSyntax
import Testing

/// What a sample's JSON file says of its message.
struct Tree: Codable, Equatable, Sendable {
    struct Part: Codable, Equatable, Sendable {
        var type: String
        var parent: Int?
        /// `Name=value`, unfolded, encoded words decoded.
        var fields: [String]
        /// Only of parts without children.
        var text: String?
    }
    var parts: [Part]

    /// Line ends of the text become LF, so that all renderings of a sample have one tree.
    init(_ message: MailMessage) {
        parts = message.parts.indices.map { index in
            let part = message.parts[index]
            let text = message.text(of: index).text
            return Part(
                type: message.mediaTypeName(of: index).lowercased(), parent: part.parent,
                fields: message.fields[part.fields].map {
                    message.name(of: $0).text + "=" + message.decodedWords(message.value(of: $0)).text
                },
                text: part.endIndex > index + 1 ? nil : Bytes(utf8: text).lines.map(\.text).joined(separator: "\n"))
        }
    }
}

/// The samples of Resources/: `name.eml` with LF line ends and the tree that is expected of it in `name.json`.
enum Sample {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Resources")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".eml") }.map { String($0.dropLast(4)) }.sorted()
    }()

    static func message(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: name + ".eml")))
    }

    static func tree(_ name: String) throws -> Tree {
        try JSONDecoder().decode(Tree.self, from: Data(contentsOf: folder.appending(path: name + ".json")))
    }
}

@Suite struct GoldenTests {
    @Test func samplesAreFound() {
        #expect(Sample.names.count >= 11)
    }

    @Test(arguments: Sample.names, ["\n", "\r\n", "\r", "\r\r\n"])
    func tree(_ name: String, _ lineEnd: String) throws {
        let bytes = try Sample.message(name).flatMap { $0 == 0x0A ? Array(lineEnd.utf8) : [$0] }
        let message = MailMessage(bytes)
        let expected = try Sample.tree(name)
        #expect(Tree(message) == expected)
        #expect(message.cuts.isEmpty)
        expectConsistent(message)
    }

    /// A message cut anywhere is read, and its ranges are sound.
    @Test(arguments: Sample.names)
    func everyPrefix(_ name: String) throws {
        let bytes = try Sample.message(name)
        for count in bytes.indices {
            let message = MailMessage(Array(bytes[..<count]))
            expectConsistent(message)
        }
    }
}

/// What holds for the tree of any message: pre-order, children inside their parents, fields inside their headers.
func expectConsistent(_ message: MailMessage, sourceLocation: SourceLocation = #_sourceLocation) {
    var isSound = !message.parts.isEmpty && message.parts[0].endIndex == message.parts.count
    for (index, part) in message.parts.enumerated() {
        let parent = part.parent.map { message.parts[$0] }
        isSound = isSound && (part.parent ?? -1) < index && part.depth == (parent?.depth ?? -1) + 1
        isSound = isSound && part.endIndex > index && part.endIndex <= parent?.endIndex ?? message.parts.count
        isSound = isSound && part.headerRange.upperBound <= part.bodyRange.lowerBound
        isSound = isSound && part.bodyRange.upperBound <= message.bytes.count
        isSound = isSound && part.fields.upperBound <= message.fields.count
        isSound =
            isSound
            && message.fields[part.fields].allSatisfy {
                part.headerRange.contains($0.name.lowerBound) && $0.name.upperBound < $0.value.lowerBound + 1
                    && $0.value.upperBound <= part.headerRange.upperBound
            }
        isSound = isSound && message.children(of: index).allSatisfy { message.parts[$0].parent == index }
    }
    #expect(isSound, sourceLocation: sourceLocation)
}
