// Keys and addresses that the tests of this module share.

import MailSyntax

@testable import ReturnPath

enum Keys {
    static let ring = Keyring([key("first"), key("second")])
    static let rotated = Keyring([key("new"), key("first")])
    static let strangers = Keyring([key("another site's")])

    static func key(_ name: String) -> SecretKey {
        let secret = name + String(repeating: "-", count: SecretKey.minimumBytes)
        guard let key = SecretKey(Array(secret.utf8)) else { fatalError("\(secret) is no key") }
        return key
    }
}

extension Keyring {
    /// A stamp of the year 2026.
    func stamped(
        _ recipients: [String], messageID: String? = "m1@origin.example", timeSeconds: Int = Clock.sent
    ) -> Bytes {
        let bytes = recipients.map { Bytes(utf8: $0) }
        return
            (stamp(
                recipients: bytes, messageID: messageID.map { Bytes(utf8: $0) }, timeSeconds: timeSeconds) ?? [])[...]
    }

    func proof(
        _ stamp: Bytes, messageID: String? = "m1@origin.example", nowSeconds: Int = Clock.now
    ) -> StampProof {
        verify(
            stamp: stamp, messageID: messageID.map { Bytes(utf8: $0) }, nowSeconds: nowSeconds,
            maxAgeSeconds: 30 * 86_400)
    }
}

enum Clock {
    static let sent = 1_795_255_530
    /// An hour later.
    static let now = sent + 3_600
}

extension StampProof {
    /// Its name, without what it carries.
    var word: String {
        switch self {
        case .valid: "valid"
        case .expired: "expired"
        case .forged: "forged"
        case .unknown: "unknown"
        }
    }

    func covers(_ recipient: String) -> Bool {
        if case .valid(let stamp) = self { stamp.covers(Bytes(utf8: recipient)) } else { false }
    }
}
