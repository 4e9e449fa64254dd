// Files that logrotate(8) or a person has packed: told, not unpacked.

/// A packing that a file's first bytes show.
enum Compression: String, CaseIterable {
    case gzip, bzip2, xz, zstd

    /// Nil for what is not packed, or by none of these.
    init?(of bytes: some Sequence<UInt8>) {
        guard let found = Self.allCases.first(where: { bytes.starts(with: $0.magic) }) else { return nil }
        self = found
    }

    /// What the file's formats begin with (RFC 1952, RFC 8878, the other two's own documents).
    private var magic: [UInt8] {
        switch self {
        case .gzip: [0x1F, 0x8B]
        case .bzip2: Array("BZh".utf8)
        case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A]
        case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
        }
    }

    /// The program that writes what is in the file to standard output.
    var program: String {
        switch self {
        case .gzip: "zcat"
        case .bzip2: "bzcat"
        case .xz: "xzcat"
        case .zstd: "zstdcat"
        }
    }
}
