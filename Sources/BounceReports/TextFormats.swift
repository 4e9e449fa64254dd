// The non-standard formats in their documented order: the first whose mark the notice bears and that finds a recipient is taken.

import MailSyntax
import Vocabulary

enum TextFormats {
    private struct Entry: Sendable {
        let format: ReportFormat
        let mark: Mark
        let read: @Sendable (Notice) -> [RecipientReport]
    }

    /// Programs whose notices contain another's words stand before it: Zoho's open as Exim's do, Courier's list is qmail's, as amavis' below
    /// its cause is, bounces of a gateway quote the transcript of a Sendmail.
    private static let order: [Entry] = [
        Entry(format: .zoho, mark: .zoho, read: Zoho.read),
        Entry(format: .courier, mark: .courier, read: Courier.read),
        Entry(format: .postfix, mark: .postfix, read: Postfix.read),
        Entry(format: .opensmtpd, mark: .opensmtpd, read: OpenSMTPD.read),
        Entry(format: .dma, mark: .dma, read: DragonFly.read),
        Entry(format: .exim, mark: .eximMalformed, read: EximMalformed.read),
        Entry(format: .zoho, mark: .exim, read: Zoho.read),
        Entry(format: .gmx, mark: .gmxReason, read: Exim.read),
        Entry(format: .exim, mark: .exim, read: Exim.read),
        Entry(format: .plainWords, mark: .contentFilter, read: ContentFilter.read),
        Entry(format: .qmail, mark: .addressParagraphs, read: Qmail.read),
        Entry(format: .mdaemon, mark: .mdaemon, read: MDaemon.read),
        Entry(format: .sendmail, mark: .sendmailSection, read: Sendmail.read),
        Entry(format: .sendmail, mark: .sendmailTranscript, read: Sendmail.read),
        Entry(format: .exchange, mark: .exchangeDiagnostics, read: Exchange.readDiagnostics),
        Entry(format: .exchange, mark: .exchangeList, read: Exchange.readList),
        Entry(format: .googleGroups, mark: .googleGroups, read: GoogleGroups.read),
        Entry(format: .google, mark: .googleList, read: Google.read),
        Entry(format: .google, mark: .googleResponse, read: Google.read),
        Entry(format: .messagingServer, mark: .messagingServer, read: MessagingServer.read),
        Entry(format: .mimecast, mark: .mimecast, read: Mimecast.read),
        Entry(format: .mailMarshal, mark: .mailMarshal, read: MailMarshal.read),
        Entry(format: .james, mark: .james, read: James.read),
        Entry(format: .kddi, mark: .kddi, read: KDDI.read),
        Entry(format: .mFilter, mark: .mFilter, read: MFilter.read),
        Entry(format: .lsmtp, mark: .lsmtp, read: LSMTP.read),
        Entry(format: .x400, mark: .x400, read: X400.read),
        Entry(format: .interScan, mark: .interScan, read: InterScan.read),
        Entry(format: .verizon, mark: .verizon, read: Verizon.read),
        Entry(format: .iMail, mark: .iMail, read: IMail.read),
        Entry(format: .plainWords, mark: .success, read: DeliveryReceipt.read),
    ]

    /// The recipients of the first format that finds one, else of the general case; nil where that finds none either.
    static func read(_ notice: Notice) -> (format: ReportFormat, recipients: [RecipientReport])? {
        if let found = readKnown(notice) { return found }
        let recipients = PlainWords.read(notice)
        return recipients.isEmpty ? nil : (.plainWords, recipients)
    }

    /// As `read`, without the general case.
    static func readKnown(_ notice: Notice) -> (format: ReportFormat, recipients: [RecipientReport])? {
        for entry in order where notice.marks.contains(entry.mark) {
            let recipients = distinct(entry.read(notice))
            if !recipients.isEmpty { return (entry.format, recipients) }
        }
        return nil
    }

    /// What is said of each address first: mail.ru says everything in Russian and again in English.
    static func distinct(_ recipients: [RecipientReport]) -> [RecipientReport] {
        guard recipients.count > 1 else { return recipients }
        var seen: Set<[UInt8]> = []
        return recipients.filter { recipient in
            guard let address = recipient.finalRecipient ?? recipient.originalRecipient else { return true }
            return seen.insert(address.lowercased()).inserted
        }
    }
}
