// The sample messages of Resources/: a folder a format, `name.eml` with what is to be read out of it in `name.json`.

import Foundation
import Testing

/// One sample, with the line ends that a test gives it.
struct Sample: CustomTestStringConvertible, Sendable {
    enum LineEnds: String, CaseIterable, Sendable { case lf = "LF", crlf = "CRLF" }

    let url: URL
    let lineEnds: LineEnds

    var testDescription: String {
        "\(url.deletingLastPathComponent().lastPathComponent)/\(url.lastPathComponent) \(lineEnds.rawValue)"
    }
    var expectationURL: URL { url.deletingPathExtension().appendingPathExtension("json") }

    func bytes() throws -> [UInt8] {
        let lineFeeds = [UInt8](try Data(contentsOf: url)).filter { $0 != 0x0D }
        return lineEnds == .lf ? lineFeeds : lineFeeds.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
    }

    /// All samples, by path; each with LF and with CRLF.
    static let all: [Sample] = {
        let resources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Resources")
        let paths =
            FileManager.default.enumerator(at: resources, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL }
            ?? []
        return paths.filter { $0.pathExtension == "eml" }.sorted { $0.path < $1.path }
            .flatMap { url in LineEnds.allCases.map { Sample(url: url, lineEnds: $0) } }
    }()

    static let withLF = all.filter { $0.lineEnds == .lf }
}
