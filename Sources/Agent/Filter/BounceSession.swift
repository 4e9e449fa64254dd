// One connection: decides stage by stage whether a message is looked at, keeps it, and at its end records what it reports. It changes
// no mail; whatever it does not understand passes.

import Journal
import MailSyntax
import Milter
import POSIX
import Vocabulary

final class BounceSession: MilterSession {
    /// How far it is with the message.
    private enum Interest {
        /// No message, or one that was waved through.
        case none
        /// The recipients or the header may still show a report.
        case undecided
        case looking
        /// Outbound mail, to be stamped or remembered, or for the recipients that the MTA refuses.
        case outbound
    }

    private let filter: BounceFilter

    // Of the connection.
    private var clientName = ""
    private var clientAddress: String?
    private var isInternal = false
    private var mtaName: String?
    private var mtaVersion: String?
    private var daemonName: String?

    // Of the message.
    private var policy: FilterPolicy
    private var reloads = 0
    private var interest = Interest.none
    private var hasNullReversePath = false
    /// As many as may matter; see `Sighting.recipients`.
    private var recipients: [Bytes] = []
    private var outbound = OutboundMessage(sender: [])
    private var refused = RefusedRecipients()
    private static let limitRecipients = 16
    /// As the MTA named it at DATA.
    private var queueID: String?
    /// Whether the piece of the body that came is probably all of it: the first one, and shorter than MTAs cut them.
    private var isProbablyWhole = false
    private static let pieceBytes = 65_535
    /// What came of the message as it is so far.
    private var early: EndOfMessage?
    /// The message before, to be logged.
    private var ended: EndOfMessage?
    private(set) var buffer = MessageBuffer(limitBytes: 0, limitHeaderBytes: 0)

    init(_ filter: BounceFilter) {
        self.filter = filter
        policy = filter.policy
    }

    func connect(_ client: borrowing MilterClientAddress, _ context: borrowing MilterContext) -> MilterAnswer {
        clientName = client.hostName
        clientAddress = client.address
        // Postfix's cleanup(8) for mail that came by no SMTP: its own DSNs, and sendmail(1).
        isInternal = client.port == 0 && clientAddress == "127.0.0.1" && clientName == "localhost"
        mtaName = context.macro("j")
        mtaVersion = context.macro("v")
        daemonName = context.macro("{daemon_name}")
        return .continue
    }

    func mail(_ sender: Span<UInt8>, _ context: borrowing MilterContext) -> MilterAnswer {
        policy = filter.policy(unlessAfter: &reloads) ?? policy
        let address = Array(sender)[...]
        hasNullReversePath = address.isEmpty
        if policy.attention.isReportingSender(address) {
            interest = .looking
        } else if isInternal || context.macro("{auth_type}") != nil
            || policy.attention.isOutbound(daemonName: daemonName, clientAddress: clientAddress)
        {
            guard filter.seesRefusals || filter.followsOutbound(policy) else {
                interest = .none
                return .accept
            }
            interest = .outbound
            outbound = OutboundMessage(sender: address)
            return .continue
        } else {
            interest = .undecided
        }
        buffer.reset(
            limitBytes: policy.configuration.maxMessageBytes, limitHeaderBytes: policy.configuration.maxHeaderBytes)
        return .continue
    }

    func rcpt(_ recipient: Span<UInt8>, _ context: borrowing MilterContext) -> MilterAnswer {
        let address = Array(recipient)[...]
        if filter.seesRefusals, RefusedRecipients.isRefused(context) {
            // Refusals to strangers are no bounces of ours.
            if interest == .outbound {
                refused.add(address, from: outbound.sender, context, sighting(queueID: nil), policy)
            }
            return .continue
        }
        switch interest {
        case .none: break
        case .outbound: outbound.add(recipient: address)
        case .undecided, .looking:
            if recipients.count < Self.limitRecipients { recipients.append(address) }
            if interest == .undecided, policy.attention.isBounceAddress(address) { interest = .looking }
        }
        return .continue
    }

    func data(_ context: borrowing MilterContext) -> MilterAnswer {
        queueID = context.macro("i")
        guard interest == .outbound else { return .continue }
        outbound.queueID = queueID
        guard !filter.followsOutbound(policy), refused.write(filter, policy) else { return .continue }
        letGo()
        return .accept
    }

    func header(_ name: Span<UInt8>, _ value: Span<UInt8>, _ context: borrowing MilterContext) -> MilterAnswer {
        if interest == .outbound {
            outbound.add(fieldName: name, value: value, policy.examiner.campaignField)
            return .continue
        }
        if interest == .undecided, policy.attention.isSign(name: Array(name)[...], value: Array(value)[...]) {
            interest = .looking
        }
        buffer.addField(name: name, value: value)
        return .continue
    }

    func body(_ chunk: Span<UInt8>, _ context: borrowing MilterContext) -> MilterBodyAnswer {
        switch interest {
        case .none, .undecided:
            letGo()
            return .accept
        case .outbound:
            // With a key, or where refusals could not be written, the end of the message is waited for.
            guard policy.examiner.trust.keys.isEmpty, refused.write(filter, policy) else { return .skip }
            endOutbound()
            return .accept
        case .looking: break
        }
        early = nil
        isProbablyWhole = !buffer.hasHeader && chunk.count < Self.pieceBytes
        buffer.endHeader()
        return buffer.addBody(chunk) ? .continue : .skip
    }

    /// While the MTA comes to the end of the message, it is examined; while it comes to the next one, what was recorded is logged.
    func answered() {
        if let ended {
            ended.log()
            self.ended = nil
        } else if interest == .looking, isProbablyWhole {
            early = examined(queueID: queueID)
        }
    }

    func endOfMessage(_ context: borrowing MilterMessageContext) -> MilterMessageAnswer {
        defer { letGo() }
        if interest == .outbound {
            guard refused.write(filter, policy) else { return EndOfMessage.tryAgain }
            if let failure = outbound.seal(context, policy) {
                policy.logger.notice("\(context.macro("i") ?? "NOQUEUE"): \(failure)")
            }
            endOutbound()
            return .accept
        }
        guard interest == .looking else { return .accept }
        buffer.endHeader()
        let queueID = context.macro("i")
        let early = early?.sighting.source.queueID == queueID ? early : nil
        var end = early ?? examined(queueID: queueID)
        defer { ended = end }
        return end.answer(to: buffer.bytes)
    }

    func abort() {
        _ = refused.write(filter, policy)
        letGo()
    }

    func close() { abort() }

    /// The message leaves, as far as the agent is concerned.
    private func endOutbound() {
        if let sent = filter.sentMail { outbound.remember(in: sent) }
        if let campaigns = filter.campaigns { outbound.remember(in: campaigns) }
        letGo()
    }

    /// An MTA may keep the connection for hours: what was kept of the message is not needed any more.
    private func letGo() {
        interest = .none
        refused.giveUp(policy)
        recipients = []
        outbound = OutboundMessage(sender: [])
        early = nil
        queueID = nil
        buffer.reset(limitBytes: 0, limitHeaderBytes: 0)
    }

    private func examined(queueID: String?) -> EndOfMessage {
        EndOfMessage(filter, policy, sighting(queueID: queueID), buffer.bytes)
    }

    private func sighting(queueID: String?) -> Sighting {
        var source = Record.Source()
        if let mtaVersion {
            // `Postfix 3.7.11` and `8.17.1.9`: what the two put into their macro v.
            let version = Bytes(utf8: mtaVersion)
            source.mta =
                version.hasPrefix("Postfix") ? "postfix" : version.hasPrefix("8.") ? "sendmail" : nil
        }
        source.queueID = queueID
        if !clientName.isEmpty || clientAddress != nil {
            source.client = Bytes(utf8: "\(clientName)[\(clientAddress ?? "")]").recordText()
        }
        var sighting = Sighting(
            origin: .milterDSN, timeMilliseconds: nowMilliseconds(), source: source)
        let isOwn =
            isInternal || policy.attention.isOwnReturn(daemonName: daemonName, clientAddress: clientAddress)
        sighting.makerMTA = isOwn && hasNullReversePath ? mtaName : nil
        sighting.hasNullReversePath = hasNullReversePath
        sighting.recipients = recipients
        sighting.cuts = buffer.cuts
        return sighting
    }
}
