// What makes a message an automatic reply, told of it to a person.

import MailSyntax

/// A field of the header by which an automatic reply is known.
package struct AutomaticSign {
    /// As the message spells it.
    package let field: Bytes
    package let value: Bytes

    /// The field that says so; else what is left to go by, an empty reverse-path and the subject.
    package static func all(in message: MailMessage) -> [AutomaticSign] {
        let header = MessageHeader(message, hasNullReversePath: false)
        let signs = [header.autoReplied ?? header.autoReplyField ?? header.automaticPrecedence].compactMap { $0 }
        return (signs.isEmpty ? [header.nullReturnPath, header.subjectField].compactMap { $0 } : signs).map {
            AutomaticSign(field: message.bytes[$0.name], value: message.bytes[$0.value])
        }
    }
}
