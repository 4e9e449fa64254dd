// A run of bytes of a message, and the few questions that mail asks of one. Everything that is read from a message is handed on
// as a slice of the buffer it came in; `String` is made when a record is written.

/// A slice of a message or of a part that was decoded. Its indices are those of the array it was cut from.
package typealias Bytes = ArraySlice<UInt8>
