// What reading one message may cost. Over a limit the rest is left unread, and the report says so.

/// The limits of `ReportReader`; the message's own (bytes, parts, depth) are `MailMessage`'s.
package struct ReportLimits: Sendable {
    /// Recipients of one report; how many were over is `Report.recipientsCut`.
    package var recipients = 10_000
    /// Lines of the notification's text that are looked at. The longest that a program is known to write is Office 365's page.
    package var noticeLines = 2_000
    /// Bytes of the notification's text that are looked at.
    package var noticeBytes = 262_144
    /// Bytes of one line that are compared with phrases or searched for addresses.
    package var lineBytes = 4_096
    /// Bytes of a recipient's text that is put together from several lines; a record keeps 2,000 characters of it.
    package var replyBytes = 8_192
    /// Lines of a `message/delivery-status` part.
    package var statusLines = 200_000

    package init() {}
}
