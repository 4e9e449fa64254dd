// The header field by which a site's own mail names its campaign: campaign_header in bounce-milter.toml(5).

import BounceReports
import MailSyntax

struct CampaignField: Sendable {
    let name: Bytes

    /// Nil where the configuration names no field.
    init?(_ configuration: Configuration) {
        guard !configuration.campaignHeader.isEmpty else { return nil }
        name = Bytes(utf8: configuration.campaignHeader)
    }

    /// The campaign that a header field names; nil where it is another field, or empty. Of `Spring news <spring.example.com>` (RFC 2919)
    /// what the brackets hold, else the whole value, on one line.
    func campaign(name: Bytes, value: Bytes) -> String? {
        guard name.equals(self.name) else { return nil }
        var value = value.trimmed
        if value.last == UInt8(ascii: ">"), let bracket = value.lastIndex(ofByte: UInt8(ascii: "<")) {
            value = value[(bracket + 1)...].dropLast()
        }
        return value.recordText()
    }

    /// The campaign of the message that a report returns.
    func campaign(of returned: ReturnedMessage, in message: MailMessage) -> String? {
        if let part = returned.part, message.parts.indices.contains(part) {
            for field in message.fields[message.parts[part].fields] where field.name.count == name.count {
                if let campaign = campaign(name: message.name(of: field), value: message.value(of: field)) {
                    return campaign
                }
            }
        }
        for case .field(let name, let value) in returned.header.fieldLines {
            if let campaign = campaign(name: returned.header[name], value: returned.header[value]) { return campaign }
        }
        return nil
    }
}
