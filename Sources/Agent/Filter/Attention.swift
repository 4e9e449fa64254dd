// Which mail is looked at. All other mail is waved through at the earliest stage that can tell. bounce-milter(8), "WHICH MAIL".

import MailSyntax

/// The questions of each stage, and their answers by the configuration.
struct Attention: Sendable {
    private let bounceAddresses: [AddressPattern]
    private let signedSenders: [AddressPattern]
    private let outboundDaemons: [String]
    private let outboundNetworks: [NetworkPattern]
    private let dsnDaemons: [String]

    /// - Precondition: The patterns are those of a configuration that was read without an error; what is no pattern is left out.
    init(_ configuration: Configuration) {
        bounceAddresses = configuration.bounceAddresses.compactMap(AddressPattern.init)
        signedSenders = configuration.returnPathSign.compactMap(AddressPattern.init)
        outboundDaemons = configuration.outboundDaemons
        outboundNetworks = configuration.outboundNetworks.compactMap(NetworkPattern.init)
        dsnDaemons = configuration.dsnDaemons
    }

    /// Whether a client's mail is our own, going out: submitted at a daemon or from a network that the configuration names.
    func isOutbound(daemonName: String?, clientAddress: String?) -> Bool {
        if let daemonName, outboundDaemons.contains(daemonName) { return true }
        guard let clientAddress else { return false }
        return outboundNetworks.contains { $0.contains(clientAddress) }
    }

    /// Whether a connection is the one by which Sendmail hands its own reports to itself: at a daemon that the configuration names, from
    /// this host. The address is asked for beside the name, lest a port that was opened to the world lends its trust to anybody.
    func isOwnReturn(daemonName: String?, clientAddress: String?) -> Bool {
        guard let daemonName, dsnDaemons.contains(daemonName) else { return false }
        return clientAddress == "127.0.0.1" || clientAddress == "::1"
    }

    /// Whether the sender alone says that the message may report something: the null reverse-path, MAILER-DAEMON or postmaster.
    func isReportingSender(_ sender: Bytes) -> Bool {
        sender.isEmpty || isMailSystem(sender)
    }

    /// Whether our mail asks for its bounces at this address.
    func isBounceAddress(_ recipient: Bytes) -> Bool {
        bounceAddresses.contains { $0.matches(recipient) }
    }

    /// Whether mail of this sender gets a signed return path.
    func isSignedSender(_ sender: Bytes) -> Bool {
        signedSenders.contains { $0.matches(sender) }
    }

    /// Whether a header field shows a report or an automatic answer.
    func isSign(name: Bytes, value: Bytes) -> Bool {
        // The first letter settles it for nearly all fields.
        switch name.first.map({ $0 | 0x20 }) {
        case UInt8(ascii: "a"):
            return name.equals("Auto-Submitted") && !isNo(value.trimmed)
        case UInt8(ascii: "c"):
            return name.equals("Content-Type") && value.trimmed.hasPrefix("multipart/report")
        case UInt8(ascii: "x"):
            return name.equals("X-Failed-Recipients")
        case UInt8(ascii: "f"):
            return name.equals("From") && isMailSystemField(value)
        case UInt8(ascii: "s"):
            return name.equals("Sender") && isMailSystemField(value)
        case UInt8(ascii: "r"):
            return name.equals("Return-Path") && (value.trimmed.equals("<>") || isMailSystemField(value))
        default: return false
        }
    }

    /// RFC 3834, 5: `no`, perhaps with parameters or a comment behind it.
    private func isNo(_ value: Bytes) -> Bool {
        guard value.hasPrefix("no") else { return false }
        guard let next = value.dropFirst(2).first else { return true }
        return next == UInt8(ascii: ";") || next == UInt8(ascii: " ") || next == UInt8(ascii: "(") || next == 9
    }

    private func isMailSystemField(_ value: Bytes) -> Bool {
        // Longer fields are no program's own address.
        guard value.count <= 1_000, value.contains("mailer-daemon") || value.contains("postmaster") else {
            return false
        }
        return MailAddress.parse(value).map(isMailSystem) ?? true
    }

    private func isMailSystem(_ address: Bytes) -> Bool {
        let localPart = MailAddress.localPart(of: address) ?? address
        return localPart.equals("mailer-daemon") || localPart.equals("postmaster")
    }
}
