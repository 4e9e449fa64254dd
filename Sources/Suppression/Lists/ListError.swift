// What is given as a list and is none.

/// A file that is no list of addresses.
package enum ListError: Error, Sendable, Hashable, CustomStringConvertible {
    case empty
    case noAddressColumn(String)
    case noSuchColumn(String, header: String)

    /// The first fields of a header.
    static func shown(_ row: [String]) -> String { row.prefix(8).joined(separator: ", ") }

    package var description: String {
        switch self {
        case .empty: "nothing in it"
        case .noAddressColumn(let header):
            "no column of addresses: the first line should name one of them \"email\" or \"address\", and is \"\(header)\"; --column NAME names another"
        case .noSuchColumn(let name, let header): "no column \"\(name)\" in the first line, which is \"\(header)\""
        }
    }
}
