// Comparing bytes whatever the case of their ASCII letters, eight at once: most of what a reader of mail does is this.

/// Whether `count` bytes at two places, which must be there, are the same; ASCII letters compare without regard to case.
@inline(__always)
package func equalsFolded(_ these: UnsafeRawPointer, _ those: UnsafeRawPointer, count: Int) -> Bool {
    guard count >= 8 else { return equalsFoldedShort(these, those, count: count) }
    var offset = 0
    while offset + 8 < count {
        guard equalsFoldedWord(these, those, at: offset) else { return false }
        offset += 8
    }
    // The last eight, some of which may have been looked at already.
    return equalsFoldedWord(these, those, at: count - 8)
}

@inline(__always)
private func equalsFoldedWord(_ these: UnsafeRawPointer, _ those: UnsafeRawPointer, at offset: Int) -> Bool {
    areSame(
        these.loadUnaligned(fromByteOffset: offset, as: UInt64.self),
        those.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
}

/// Of fewer than eight.
@inline(__always)
private func equalsFoldedShort(_ these: UnsafeRawPointer, _ those: UnsafeRawPointer, count: Int) -> Bool {
    if count >= 4 { return areSame(firstAndLastFour(these, count), firstAndLastFour(those, count)) }
    for offset in 0..<count {
        let (this, that) = (
            these.load(fromByteOffset: offset, as: UInt8.self), those.load(fromByteOffset: offset, as: UInt8.self)
        )
        if this.asciiLowercased != that.asciiLowercased { return false }
    }
    return true
}

/// Some of the bytes are in both.
@inline(__always)
private func firstAndLastFour(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
    UInt64(bytes.loadUnaligned(as: UInt32.self)) << 32
        | UInt64(bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
}

/// Whether eight bytes are the same but for the case of letters.
@inline(__always)
private func areSame(_ these: UInt64, _ those: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let caseBits = ones &* 0x20
    let difference = these ^ those
    guard difference & ~caseBits == 0 else { return false }
    // A byte that differs in the case bit must be a letter. In the sums the top bit of a byte says that it is at least `a`, or beyond
    // `z`; no sum carries into the next byte.
    let low = (these | caseBits) & (ones &* 0x7F)
    let isLetter = (low &+ ones &* UInt64(0x80 - 0x61)) & ~(low &+ ones &* UInt64(0x80 - 0x7B)) & ~these
    return difference << 2 & ~isLetter == 0
}
