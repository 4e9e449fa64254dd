// The parsers that are fuzzed, each with raw bytes or with bytes mapped onto the words of its format.

typealias FuzzCallback = @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32

enum FuzzTarget: String, CaseIterable {
    case message
    case messageWords = "message-words"
    case reply
    case replyWords = "reply-words"
    case logLine = "log-line"
    case logLineWords = "log-line-words"
    case report
    case reportWords = "report-words"
    case ruleFile = "rule-file"
    case ruleFileWords = "rule-file-words"
    case proof
    case proofWords = "proof-words"

    var callback: FuzzCallback {
        switch self {
        case .message: { checkMessage(bytes($0, $1)) }
        case .messageWords: { checkMessage(Words.mail.text(bytes($0, $1))) }
        case .reply: { checkReply(bytes($0, $1)) }
        case .replyWords: { checkReply(Words.reply.text(bytes($0, $1))) }
        case .logLine: { checkLogLine(bytes($0, $1)) }
        case .logLineWords: { checkLogLine(Words.log.text(bytes($0, $1))) }
        case .report: { checkReport(bytes($0, $1)) }
        case .reportWords: { checkReport(Words.mail.text(bytes($0, $1))) }
        case .ruleFile: { checkRuleFile(bytes($0, $1)) }
        case .ruleFileWords: { checkRuleFile(Words.rules.text(bytes($0, $1))) }
        case .proof: { checkProof(bytes($0, $1)) }
        case .proofWords: { checkProof(Words.proof.text(bytes($0, $1))) }
        }
    }
}

private func bytes(_ data: UnsafePointer<UInt8>?, _ size: Int) -> [UInt8] {
    Array(UnsafeBufferPointer(start: data, count: size))
}
