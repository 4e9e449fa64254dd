// What a person can do about an incident, in a sentence.

import Vocabulary

extension IncidentKey {
    /// One sentence; names the sending domain where it is known.
    package var advice: String {
        let domain = sendingDomain.isEmpty ? "the sending domain" : sendingDomain
        return switch category {
        case .authFailed:
            "Check SPF, DKIM and DMARC of \(domain): the sending IP must be in its SPF record or the mail signed with its DKIM key, and one of the two must align with the From domain (5.7.26)."
        case .blocklisted:
            "Find the list and the IP in the reply, mend what put it there (an open relay, a cracked account, a bought list), then ask the list for removal."
        case .reputation, .rateLimited:
            "Send less and slower to \(provider), first to those who read and answer, until it accepts again."
        case .spamContent, .contentRefused:
            "Look at what the refused messages share (links, shorteners, attachments, wording) and change that before sending on."
        case .malware: "Stop this mail and look for a cracked account or web site: a virus scanner refused it."
        case .rdnsRequired:
            "Give the sending IP a PTR record whose name resolves back to the IP, and use that name in HELO."
        case .relayDenied:
            "The host that answered does not take mail for this domain: check the routes (transport, relayhost) and the domain's MX."
        case .senderRefused:
            "Check that the envelope sender's domain \(domain) exists, has an MX and takes mail, and is not blocked by the receiver."
        case .security: "Turn on TLS with a certificate that verifies, or what else the reply asks for."
        case .nonconformant: "Mend the message's header as the reply says (RFC 5322): often From, Date or Message-ID."
        case .policy, .recipientRefused:
            "Read the reply: the receiver's own policy refused it; its postmaster can say what it wants."
        default: "Read the reply: the receiver refused the sender, not the recipient."
        }
    }
}
