// Foreign text in one form. Swift takes two strings for the same that Unicode calls canonically equivalent; a database compares bytes.

import Foundation

extension String {
    /// In Normalization Form C (RFC 5198, RFC 6532, 3.1): strings that are equal here have the same bytes then. Without NUL, which
    /// PostgreSQL cannot hold.
    var composed: String {
        if utf8.allSatisfy({ (0x01...0x7F).contains($0) }) { return self }
        return String(decoding: utf8.filter { $0 != 0 }, as: UTF8.self).precomposedStringWithCanonicalMapping
    }
}
