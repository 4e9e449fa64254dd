// libmilter's life: register the filter, open the socket, run until it is told to stop. It can be run once in a process.

internal import CMilter
import Glibc

/// The milter of this process.
package enum MilterServer {
    /// Blocks of this size and more go back to the system when they are given up.
    private static let largeBlockBytes: Int32 = 128 << 10

    /// How long libmilter is given to write the last answers: it does so at once, and tells nobody when it has.
    private static let answerMicroseconds: UInt32 = 100_000

    /// Raises the limit of open descriptors to the hard limit, and returns what holds then.
    @discardableResult
    package static func raiseDescriptorLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return Int(FD_SETSIZE) }
        var raised = rlimit(rlim_cur: limit.rlim_max, rlim_max: limit.rlim_max)
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }

    /// Registers the filter and opens its socket; MTAs can connect from now on, and are served when `run` is called. A stale socket
    /// file in the way is removed; one that somebody listens on is not. Call it before privileges are dropped, if they are.
    package static func open(_ filter: any MilterFilter, _ settings: MilterServerSettings) throws(MilterServerError) {
        // glibc would raise the threshold with the first such block, and keep the bodies of busy times for good.
        mallopt(M_MMAP_THRESHOLD, largeBlockBytes)
        Registration.current = Registration(filter, descriptorLimit: raiseDescriptorLimit())
        try register()
        guard cmilter_setconn(settings.socket.description) == MI_SUCCESS else { throw .libmilter("smfi_setconn") }
        guard smfi_setbacklog(settings.backlog) == MI_SUCCESS else { throw .libmilter("smfi_setbacklog") }
        guard smfi_settimeout(settings.timeoutSeconds) == MI_SUCCESS else { throw .libmilter("smfi_settimeout") }
        switch settings.socket {
        case .unix(let path): try SocketFile.removeStale(path)
        case .inet(let host, _): try resolve(host, AF_INET)
        case .inet6(let host, _): try resolve(host, AF_INET6)
        }
        // The socket is made for its owner alone, and opened to others once its group is right.
        let mask = umask(0o177)
        defer { umask(mask) }
        guard smfi_opensocket(0) == MI_SUCCESS else { throw .open("\(settings.socket)", errno: errno) }
        if case .unix(let path) = settings.socket {
            try SocketFile.setAccess(path, mode: settings.mode, group: settings.group)
        }
    }

    /// Fails where a host has no address of the family; libmilter itself would log that and leave no reason.
    private static func resolve(_ host: String, _ family: Int32) throws(MilterServerError) {
        var hints = addrinfo()
        hints.ai_family = family
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &found)
        guard code == 0 else { throw .resolve(host: host, reason: String(cString: gai_strerror(code))) }
        freeaddrinfo(found)
    }

    /// Serves connections until `stop` is called or SIGTERM, SIGHUP or SIGINT comes (which libmilter takes over), then waits until
    /// the messages that are at their end have been answered, `stopSeconds` at most. The socket's file stays; the daemon removes it.
    package static func run(_ settings: MilterServerSettings) throws(MilterServerError) {
        let result = smfi_main()
        for _ in 0..<(max(settings.stopSeconds, 0) * 100) where Registration.messagesUnderWay > 0 {
            usleep(10_000)
        }
        // A message is counted until its session has decided; libmilter writes the answer a moment later.
        usleep(answerMicroseconds)
        // Where the signal closes the socket between two looks of the listener, smfi_main calls that a failure.
        guard result == MI_SUCCESS || cmilter_is_told_to_stop() else { throw .run }
    }

    /// Reads the filter's options again: connections that begin now negotiate by them. From any thread.
    package static func renegotiate() {
        guard let old = Registration.current else { return }
        Registration.current = Registration(old.filter, descriptorLimit: old.descriptorLimit)
    }

    /// Makes `run` return. From any thread.
    package static func stop() {
        _ = smfi_stop()
    }

    private static func register() throws(MilterServerError) {
        // libmilter copies the name, and keeps the rest by value.
        let name = strdup("bounce-milter")
        defer { free(name) }
        // What may be asked for at negotiation: filter options that come later may need more than the first ones.
        let flags = UInt(SMFIF_SETSYMLIST | SMFIF_ADDHDRS | SMFIF_CHGFROM)
        let description = smfiDesc(
            xxfi_name: name, xxfi_version: SMFI_VERSION, xxfi_flags: flags,
            xxfi_connect: connectCallback, xxfi_helo: heloCallback, xxfi_envfrom: mailCallback,
            xxfi_envrcpt: rcptCallback, xxfi_header: headerCallback, xxfi_eoh: endOfHeaderCallback,
            xxfi_body: bodyCallback, xxfi_eom: endOfMessageCallback, xxfi_abort: abortCallback,
            xxfi_close: closeCallback, xxfi_unknown: nil, xxfi_data: dataCallback,
            xxfi_negotiate: negotiateCallback)
        guard smfi_register(description) == MI_SUCCESS else { throw .libmilter("smfi_register") }
    }
}
