// RFC 3463: enhanced mail system status codes.

/// An enhanced status code such as 5.1.1: class 2, 4 or 5; subject and detail 0 to 999.
package struct EnhancedStatus: Sendable, Hashable {
    package var statusClass: UInt8
    package var subject: UInt16
    package var detail: UInt16

    package init(_ statusClass: UInt8, _ subject: UInt16, _ detail: UInt16) {
        self.statusClass = statusClass
        self.subject = subject
        self.detail = detail
    }
}

extension EnhancedStatus: CustomStringConvertible {
    package var description: String { "\(statusClass).\(subject).\(detail)" }
}
