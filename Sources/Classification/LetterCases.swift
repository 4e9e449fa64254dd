// A character in its cases: as patterns match it, and as texts are looked through for it.

/// As bytes: two texts that differ in these alone are the same as `String`.
extension Unicode.Scalar {
    /// As it is written in any case: what a pattern that has it matches. The capitals of ß are two.
    var forms: Set<[UInt8]> {
        Set([String(self), properties.lowercaseMapping, properties.uppercaseMapping].map { Array($0.utf8) })
    }

    /// Itself, and the capital where that is one character of as many bytes: what a run of a word with it can hold in its place.
    var formsInRuns: Set<[UInt8]> {
        let capital = properties.uppercaseMapping
        let isAlike = capital.unicodeScalars.count == 1 && capital.utf8.count == utf8.count
        return isAlike ? [Array(utf8), Array(capital.utf8)] : [Array(utf8)]
    }

    /// Its forms, without those that the runs of another can hold: of most letters the one in lower case.
    var formsInWords: Set<[UInt8]> {
        let small = properties.lowercaseMapping
        return forms.subtracting(small.unicodeScalars.flatMap(\.formsInRuns)).union([Array(small.utf8)])
    }
}
