// The bits and macro places of the milter protocol (libmilter's mfdef.h), and what an MTA of each version offers.

/// What a filter may ask to change (SMFIF_…).
package struct MilterActions: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let addHeader = MilterActions(rawValue: 0x01)
    package static let changeBody = MilterActions(rawValue: 0x02)
    package static let addRecipient = MilterActions(rawValue: 0x04)
    package static let deleteRecipient = MilterActions(rawValue: 0x08)
    package static let changeHeader = MilterActions(rawValue: 0x10)
    package static let quarantine = MilterActions(rawValue: 0x20)
    package static let changeSender = MilterActions(rawValue: 0x40)
    package static let addRecipientWithParameters = MilterActions(rawValue: 0x80)

    /// What an MTA of this protocol version offers.
    package static func offered(version: UInt32) -> MilterActions {
        MilterActions(rawValue: version < 6 ? 0x3f : 0x1ff)
    }
}

/// What the MTA shall leave out or add (SMFIP_…).
package struct MilterProtocol: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let noConnect = MilterProtocol(rawValue: 0x01)
    package static let noHelo = MilterProtocol(rawValue: 0x02)
    package static let noMail = MilterProtocol(rawValue: 0x04)
    package static let noRcpt = MilterProtocol(rawValue: 0x08)
    package static let noBody = MilterProtocol(rawValue: 0x10)
    package static let noHeader = MilterProtocol(rawValue: 0x20)
    package static let noEndOfHeader = MilterProtocol(rawValue: 0x40)
    package static let noHeaderReply = MilterProtocol(rawValue: 0x80)
    package static let noData = MilterProtocol(rawValue: 0x200)
    package static let skip = MilterProtocol(rawValue: 0x400)
    package static let rejectedRecipients = MilterProtocol(rawValue: 0x800)
    package static let noConnectReply = MilterProtocol(rawValue: 0x1000)
    package static let noHeloReply = MilterProtocol(rawValue: 0x2000)
    package static let noMailReply = MilterProtocol(rawValue: 0x4000)
    package static let noRcptReply = MilterProtocol(rawValue: 0x8000)
    package static let noDataReply = MilterProtocol(rawValue: 0x10000)
    package static let noEndOfHeaderReply = MilterProtocol(rawValue: 0x40000)
    package static let noBodyReply = MilterProtocol(rawValue: 0x80000)
    package static let leadingSpace = MilterProtocol(rawValue: 0x100000)

    /// What an MTA of this protocol version offers: version 3 added unknown commands, 4 DATA, 6 the rest.
    package static func offered(version: UInt32) -> MilterProtocol {
        switch version {
        case ...2: MilterProtocol(rawValue: 0x7f)
        case 3: MilterProtocol(rawValue: 0x1ff)
        case 4, 5: MilterProtocol(rawValue: 0x3ff)
        default: MilterProtocol(rawValue: 0x1fffff)
        }
    }
}

extension MilterStage {
    /// The number of the stage's macro list (SMFIM_…), its names where the filter asked for none of its own (those of Postfix 3.7),
    /// and the bits that leave the stage or its answer out. Nil where a stage has none.
    var traits: (macros: UInt32?, names: [String], absent: MilterProtocol, silent: MilterProtocol) {
        switch self {
        case .connect: (0, ["j", "{daemon_name}", "{daemon_addr}", "v", "_"], .noConnect, .noConnectReply)
        case .helo: (1, ["{tls_version}", "{cipher}", "{cipher_bits}", "{cert_subject}"], .noHelo, .noHeloReply)
        case .mail:
            (
                2,
                ["i", "{auth_type}", "{auth_authen}", "{auth_author}", "{mail_addr}", "{mail_host}", "{mail_mailer}"],
                .noMail, .noMailReply
            )
        case .rcpt: (3, ["i", "{rcpt_addr}", "{rcpt_host}", "{rcpt_mailer}"], .noRcpt, .noRcptReply)
        case .data: (4, ["i"], .noData, .noDataReply)
        case .endOfMessage: (5, ["i"], [], [])
        case .endOfHeader: (6, ["i"], .noEndOfHeader, .noEndOfHeaderReply)
        case .header: (nil, [], .noHeader, .noHeaderReply)
        case .body: (nil, [], .noBody, .noBodyReply)
        case .negotiate, .abort, .quit: (nil, [], [], [])
        }
    }

    /// The stage's command byte (SMFIC_…).
    var command: UInt8 {
        switch self {
        case .negotiate: UInt8(ascii: "O")
        case .connect: UInt8(ascii: "C")
        case .helo: UInt8(ascii: "H")
        case .mail: UInt8(ascii: "M")
        case .rcpt: UInt8(ascii: "R")
        case .data: UInt8(ascii: "T")
        case .header: UInt8(ascii: "L")
        case .endOfHeader: UInt8(ascii: "N")
        case .body: UInt8(ascii: "B")
        case .endOfMessage: UInt8(ascii: "E")
        case .abort: UInt8(ascii: "A")
        case .quit: UInt8(ascii: "Q")
        }
    }
}
