// How much of one message is read. A hostile message costs time in proportion to its size and memory in proportion to
// these.

extension MailMessage {
    /// The limits of reading one message. What is over a limit is left out, and `MailMessage.cuts` names the limit.
    package struct Limits: Sendable, Hashable {
        /// Header fields of all parts together. A header of a well travelled message has 100; a DSN returns one or two
        /// more.
        package var fields = 10_000
        /// Bytes of one header field's value. Postfix keeps 102,400 (`header_size_limit`).
        package var fieldBytes = 102_400
        /// How deep parts may nest; a DSN about a DSN about a DSN comes to 9. Postfix's `mime_nesting_limit` is 100.
        package var depth = 32
        /// Parts of all depths. A digest of DSNs has some hundreds.
        package var parts = 2_000
        /// Bytes that decoding gives for one body or text, and for all encoded messages inside the message together.
        /// What a report says lies in its first kilobytes; returned messages in base64 are the largest that are
        /// decoded.
        package var decodedBytes = 4_194_304

        package init() {}
    }

    /// Which limits cut the message short.
    package struct Cuts: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let fields = Cuts(rawValue: 1)
        package static let fieldBytes = Cuts(rawValue: 2)
        package static let depth = Cuts(rawValue: 4)
        package static let parts = Cuts(rawValue: 8)
        /// A text or message part is longer than what is decoded of it.
        package static let decodedBytes = Cuts(rawValue: 16)
    }
}
