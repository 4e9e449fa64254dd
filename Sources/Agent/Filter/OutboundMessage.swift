// Mail that goes out, as far as a stamp, a signed return path or the memory of what was sent needs it.

import MailSyntax
import Milter
import POSIX
import ReturnPath

/// What is kept of one outbound message: its envelope, its Message-ID and its campaign.
struct OutboundMessage {
    /// The recipients that a stamp holds, and one more, which tells that there are more.
    private static let limitRecipients = Stamp.limitRecipients + 1
    /// Longer addresses are none that the MTA delivers to.
    private static let limitAddressBytes = 1_024

    let sender: Bytes
    private var recipients: [Bytes] = []
    private(set) var messageID: Bytes?
    private(set) var campaign: String?
    var queueID: String?

    init(sender: Bytes) {
        self.sender = sender
    }

    mutating func add(recipient: Bytes) {
        guard recipients.count < Self.limitRecipients, recipient.count <= Self.limitAddressBytes else { return }
        recipients.append(recipient)
    }

    /// `campaignField`: nil where campaigns are not told apart.
    mutating func add(fieldName name: Span<UInt8>, value: Span<UInt8>, _ campaignField: CampaignField?) {
        // The length settles it for nearly all fields.
        if campaign == nil, let campaignField, campaignField.name.count == name.count {
            campaign = campaignField.campaign(name: Array(name)[...], value: Array(value)[...])
        }
        guard name.count == 10, messageID == nil, Array(name)[...].equals("message-id") else { return }
        messageID = Array(value)[...].messageIdentifier
    }

    /// Adds the stamp, and signs the return path where the configuration wants it. Mail passes whatever comes of it; nil where all went
    /// well, else what did not.
    func seal(_ context: borrowing MilterMessageContext, _ policy: FilterPolicy) -> String? {
        let keys = policy.examiner.trust.keys
        let nowSeconds = Int(nowMilliseconds() / 1_000)
        var failures: [String] = []
        if !recipients.isEmpty,
            let stamp = keys.stamp(recipients: recipients, messageID: messageID, timeSeconds: nowSeconds)
        {
            if !context.addHeader(Stamp.fieldName, stamp[...].text) {
                failures.append("not stamped: the MTA lets no header field be added")
            } else if recipients.count > Stamp.limitRecipients {
                failures.append("not all recipients stamped: more than \(Stamp.limitRecipients)")
            }
        }
        if recipients.count == 1, let recipient = recipients.first, policy.attention.isSignedSender(sender),
            let returnPath = keys.sign(
                returnPath: sender, recipient: recipient, delimiter: policy.examiner.trust.delimiter,
                timeSeconds: nowSeconds),
            !context.changeSender(returnPath[...].text)
        {
            failures.append("return path not signed: the MTA lets the sender not be changed")
        }
        return failures.isEmpty ? nil : failures.joined(separator: "; ")
    }

    /// Hands over which campaign it belongs to, to be found again when the log names its queue ID.
    func remember(in campaigns: SentCampaigns) {
        if let queueID, let campaign { campaigns.add(queueID: queueID, campaign: campaign) }
    }

    /// Hands over what left, to be found again when a report names it.
    func remember(in sent: SentMailQueue) {
        sent.add(
            recipients: recipients, messageID: messageID, queueID: queueID,
            nowSeconds: Int(nowMilliseconds() / 1_000))
    }
}
