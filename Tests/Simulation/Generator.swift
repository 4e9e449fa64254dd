// Random numbers that are the same for the same seed on every machine.

import Glibc

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Generator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// In 0..<1.
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

    mutating func below(_ limit: Int) -> Int { min(limit - 1, Int(uniform() * Double(limit))) }

    /// Poisson, by Knuth's product; for small means.
    mutating func poisson(_ mean: Double) -> Int {
        let limit = exp(-mean)
        var product = uniform()
        var count = 0
        while product > limit {
            product *= uniform()
            count += 1
        }
        return count
    }

    /// A factor around 1 that doubles or halves by `deviation` 0.7.
    mutating func factor(_ deviation: Double) -> Double {
        exp(deviation * sqrt(-2 * log(1 - uniform())) * cos(2 * Double.pi * uniform()))
    }
}
