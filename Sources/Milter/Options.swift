// What a filter asks of the MTA at negotiation (xxfi_negotiate): stages, answers, macros. Options that an MTA does not offer are
// left out, so that the same filter works with protocol 2 to 6.

internal import CMilter

/// A set of the protocol's stages.
package struct MilterStages: OptionSet, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let connect = MilterStages(rawValue: 1 << 0)
    package static let helo = MilterStages(rawValue: 1 << 1)
    package static let mail = MilterStages(rawValue: 1 << 2)
    package static let rcpt = MilterStages(rawValue: 1 << 3)
    /// Together with `endOfHeader`: from DATA libmilter comes to a body only by a header field or the end of the header. A message
    /// without a header would get no answer, and the MTA would wait for it.
    package static let data = MilterStages(rawValue: 1 << 4)
    package static let header = MilterStages(rawValue: 1 << 5)
    package static let endOfHeader = MilterStages(rawValue: 1 << 6)
    package static let body = MilterStages(rawValue: 1 << 7)
}

/// What a filter may change of a message. The raw value is libmilter's.
package struct MilterChanges: OptionSet, Sendable {
    package let rawValue: UInt
    package init(rawValue: UInt) { self.rawValue = rawValue }

    package static let addHeader = MilterChanges(rawValue: UInt(SMFIF_ADDHDRS))
    package static let changeSender = MilterChanges(rawValue: UInt(SMFIF_CHGFROM))
}

/// What a filter wants to see, and what it promises. Each part is asked for only where the MTA offers it.
package struct MilterOptions: Sendable {
    /// The stages that the session is called for; the MTA is asked to leave out the others.
    package var stages: MilterStages
    /// The stages whose answer is always `continue`: the MTA is told not to wait for it, which saves a round trip each. What the
    /// session answers there is not looked at.
    package var unanswered: MilterStages
    /// Whether `rcpt` is called for recipients that the MTA refuses, too (SMFIP_RCPT_REJ).
    package var rejectedRecipients: Bool
    /// What the session may change at the end of a message.
    package var changes: MilterChanges
    /// Whether the white space between colon and value is wanted (SMFIP_HDR_LEADSPC).
    package var leadingSpace: Bool
    /// The macros wanted at each stage, in the MTA's spelling (`i`, `{daemon_name}`). An MTA of protocol 6 sends these and no
    /// others, and none at a stage without any; older ones send what their own configuration says. A macro stays readable until
    /// the message ends (`connect` and `helo`: until the connection does).
    package var macros: [MilterMacroStage: [String]]

    package init(
        stages: MilterStages, unanswered: MilterStages = [], rejectedRecipients: Bool = false,
        changes: MilterChanges = [], leadingSpace: Bool = false, macros: [MilterMacroStage: [String]] = [:]
    ) {
        self.stages = stages
        self.unanswered = unanswered
        self.rejectedRecipients = rejectedRecipients
        self.changes = changes
        self.leadingSpace = leadingSpace
        self.macros = macros
    }
}

/// Where macros can be sent (smfi_setsymlist). The raw value is libmilter's SMFIM number.
package enum MilterMacroStage: Int32, CaseIterable, Sendable {
    case connect = 0
    case helo = 1
    case mail = 2
    case rcpt = 3
    case data = 4
    case endOfMessage = 5
    case endOfHeader = 6
}

extension MilterOptions {
    /// Each stage with the protocol bit that leaves it out (SMFIP_NO…) and the one that leaves its answer out (SMFIP_NR_…).
    static let protocolBits: [(stage: MilterStages, absent: Int, unanswered: Int)] = [
        (.connect, SMFIP_NOCONNECT, SMFIP_NR_CONN),
        (.helo, SMFIP_NOHELO, SMFIP_NR_HELO),
        (.mail, SMFIP_NOMAIL, SMFIP_NR_MAIL),
        (.rcpt, SMFIP_NORCPT, SMFIP_NR_RCPT),
        (.data, SMFIP_NODATA, SMFIP_NR_DATA),
        (.header, SMFIP_NOHDRS, SMFIP_NR_HDR),
        (.endOfHeader, SMFIP_NOEOH, SMFIP_NR_EOH),
        (.body, SMFIP_NOBODY, SMFIP_NR_BODY),
    ]

    /// The protocol bits to ask for, whatever the MTA offers.
    var wantedProtocol: UInt {
        var bits = SMFIP_NOUNKNOWN | SMFIP_SKIP
        for entry in Self.protocolBits {
            if !stages.contains(entry.stage) {
                bits |= entry.absent
            } else if unanswered.contains(entry.stage) {
                bits |= entry.unanswered
            }
        }
        if rejectedRecipients { bits |= SMFIP_RCPT_REJ }
        if leadingSpace { bits |= SMFIP_HDR_LEADSPC }
        return UInt(bits)
    }
}
