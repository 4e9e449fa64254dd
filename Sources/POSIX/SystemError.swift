// How a system call is made: again when a signal interrupted it; what else keeps it from its work is thrown.

import Glibc

/// A system call that failed: what was done, to what, and why.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    package let call: String
    package let object: String
    package let code: CInt

    package init(_ call: String, _ object: String, _ code: CInt = errno) {
        self.call = call
        self.object = object
        self.code = code
    }

    /// The system's words: "No such file or directory".
    package var reason: String { String(cString: strerror(code)) }

    package var description: String { "\(call) \(object): \(reason)" }
}

/// Calls until it is not interrupted; below zero it has failed.
package func retrying<Value: BinaryInteger>(
    _ call: String, _ object: String, _ body: () -> Value
) throws(SystemError) -> Value {
    while true {
        let value = body()
        if value >= 0 { return value }
        let error = SystemError(call, object)
        if error.code != EINTR { throw error }
    }
}
