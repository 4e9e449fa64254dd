// The MTA's side of the milter protocol, versions 2 to 6: the commands one by one, each with the filter's answer and its time. It
// honours what the filter asked to leave out, and leaves their order to the caller.

/// How a client speaks, and how long and how much it listens.
package struct MilterClientSettings: Sendable {
    package var version: UInt32
    package var actions: MilterActions
    package var `protocol`: MilterProtocol
    /// For one answer; a progress packet from the filter starts it anew.
    package var timeout: Duration
    /// The largest packet that is taken from a filter, its command byte included.
    package var limitPacketBytes: Int

    /// What an MTA of this version offers.
    package init(version: UInt32 = 6, timeout: Duration = .seconds(300), limitPacketBytes: Int = 1 << 20) {
        self.version = version
        actions = .offered(version: version)
        self.protocol = .offered(version: version)
        self.timeout = timeout
        self.limitPacketBytes = limitPacketBytes
    }
}

/// What came of one step.
package struct MilterStep: Sendable, Equatable {
    package var stage: MilterStage
    package var answer: FilterAnswer
    /// From the step's first byte to its answer; zero where none was awaited.
    package var duration: Duration
    /// At the end of a message only.
    package var modifications: [MilterModification] = []
}

/// The client of an SMTP connection, as the connect step describes it.
package enum MilterPeer: Sendable, Equatable {
    case inet(address: String, port: UInt16)
    case inet6(address: String, port: UInt16)
    case unix(path: String)
    case unknown
}

/// A connection to a filter. It belongs to one thread at a time.
package final class MilterClient {
    private let settings: MilterClientSettings
    private let stream: PacketStream
    /// What was agreed on; before `negotiate` what is offered.
    package private(set) var agreement: MilterAgreement
    /// The macros of the connection and the message by name (`i`, `{daemon_name}`). Each step sends those of them that belong to it.
    package var macros: [String: String] = [:]

    /// The largest piece of a body (MILTER_CHUNK_SIZE).
    package static let chunkBytes = 65_535
    static let limitModifications = 10_000
    static let limitModificationBytes = 64 << 20
    static let limitProgress = 10_000

    /// Connects.
    package init(_ endpoint: MilterEndpoint, _ settings: MilterClientSettings = MilterClientSettings())
        throws(MilterClientError)
    {
        self.settings = settings
        stream = try PacketStream(
            endpoint, timeout: settings.timeout, limitPacketBytes: settings.limitPacketBytes)
        agreement = MilterAgreement(
            version: settings.version, actions: settings.actions, protocol: settings.protocol, macros: [:])
    }

    /// Offers the settings and takes what the filter makes of them.
    @discardableResult
    package func negotiate() throws(MilterClientError) -> MilterAgreement {
        stream.put(MilterStage.negotiate.command) { output in
            for number in [settings.version, settings.actions.rawValue, settings.protocol.rawValue] {
                withUnsafeBytes(of: number.bigEndian) { output.append(contentsOf: $0) }
            }
        }
        let packet = try stream.packet(.negotiate)
        agreement = try packet.agreement(
            version: settings.version, actions: settings.actions, protocol: settings.protocol)
        return agreement
    }

    /// A client's connection.
    @discardableResult
    package func connect(_ hostName: String, _ peer: MilterPeer) throws(MilterClientError) -> MilterStep {
        try step(.connect) { output in
            Self.append(hostName.utf8, to: &output)
            switch peer {
            case .inet(let address, let port): Self.append("4", address, port, to: &output)
            case .inet6(let address, let port): Self.append("6", address, port, to: &output)
            case .unix(let path): Self.append("L", path, 0, to: &output)
            case .unknown: output.append(UInt8(ascii: "U"))
            }
        }
    }

    /// HELO or EHLO with the name that the client gave.
    @discardableResult
    package func helo(_ name: String) throws(MilterClientError) -> MilterStep {
        try step(.helo) { Self.append(name.utf8, to: &$0) }
    }

    /// The reverse-path as the MTA would write it (`<a@b>`, `<>`, or without brackets), and ESMTP parameters.
    @discardableResult
    package func mail(_ sender: String, _ parameters: [String] = []) throws(MilterClientError) -> MilterStep {
        try step(.mail) { output in
            for argument in [sender] + parameters { Self.append(argument.utf8, to: &output) }
        }
    }

    /// A forward-path, as the MTA would write it, and ESMTP parameters.
    @discardableResult
    package func rcpt(_ recipient: String, _ parameters: [String] = []) throws(MilterClientError) -> MilterStep {
        try step(.rcpt) { output in
            for argument in [recipient] + parameters { Self.append(argument.utf8, to: &output) }
        }
    }

    /// DATA; not sent before protocol 4.
    @discardableResult
    package func data() throws(MilterClientError) -> MilterStep {
        guard agreement.version >= 4 else { return MilterStep(stage: .data, answer: .notSent, duration: .zero) }
        return try step(.data) { _ in }
    }

    /// A header field; `value` is what follows the colon, with its white space.
    @discardableResult
    package func header(
        _ name: some Collection<UInt8>, _ value: some Collection<UInt8>
    ) throws(MilterClientError) -> MilterStep {
        let keepsSpace = agreement.protocol.contains(.leadingSpace) || value.first != UInt8(ascii: " ")
        return try step(.header) { output in
            Self.append(name, to: &output)
            Self.append(value.dropFirst(keepsSpace ? 0 : 1), to: &output)
        }
    }

    /// The empty line behind the header.
    @discardableResult
    package func endOfHeader() throws(MilterClientError) -> MilterStep { try step(.endOfHeader) { _ in } }

    /// A body or a part of one, CRLF line ends, in pieces of `chunkBytes`; ends early when the filter skips or decides. The step tells
    /// the last answer and the time of all.
    @discardableResult
    package func body(_ bytes: ArraySlice<UInt8>) throws(MilterClientError) -> MilterStep {
        var rest = bytes
        var result = MilterStep(stage: .body, answer: .notSent, duration: .zero)
        while !rest.isEmpty {
            let piece = try step(.body) { $0 += rest.prefix(Self.chunkBytes) }
            result.answer = piece.answer
            result.duration += piece.duration
            if piece.answer == .skip || piece.answer == .notSent || piece.answer.endsMessage { break }
            rest = rest.dropFirst(Self.chunkBytes)
        }
        return result
    }

    /// The end of the message: all modifications up to the final answer.
    @discardableResult
    package func endOfMessage() throws(MilterClientError) -> MilterStep { try step(.endOfMessage) { _ in } }

    /// Gives the message up. The filter does not answer.
    package func abort() throws(MilterClientError) { try command(MilterStage.abort.command) }

    /// Ends the conversation. The filter does not answer.
    package func quit() throws(MilterClientError) { try command(MilterStage.quit.command) }

    /// Ends this SMTP connection and keeps the filter's for another (SMFIC_QUIT_NC): `connect` comes next.
    package func quitForNewConnection() throws(MilterClientError) {
        try command(UInt8(ascii: "K"))
        macros = [:]
    }

    private func command(_ command: UInt8) throws(MilterClientError) {
        stream.put(command) { _ in }
        try stream.flush(.quit, isUrgent: true)
    }

    private func step(
        _ stage: MilterStage, _ payload: (inout [UInt8]) -> Void
    ) throws(MilterClientError) -> MilterStep {
        let traits = stage.traits
        if !agreement.protocol.isDisjoint(with: traits.absent) {
            return MilterStep(stage: stage, answer: .notSent, duration: .zero)
        }
        putMacros(stage)
        stream.put(stage.command, payload)
        if !agreement.protocol.isDisjoint(with: traits.silent) {
            try stream.flush(stage, isUrgent: false)
            return MilterStep(stage: stage, answer: .notAwaited, duration: .zero)
        }
        let start = ContinuousClock.now
        var result = MilterStep(stage: stage, answer: .notAwaited, duration: .zero)
        result.answer = try answer(stage, &result.modifications)
        result.duration = ContinuousClock.now - start
        return result
    }

    private func answer(
        _ stage: MilterStage, _ modifications: inout [MilterModification]
    ) throws(MilterClientError) -> FilterAnswer {
        var bytes = 0
        var progress = 0
        while progress < Self.limitProgress {
            let packet = try stream.packet(stage)
            if let answer = try packet.answer(stage) {
                guard answer != .skip || stage == .body && agreement.protocol.contains(.skip) else {
                    throw .unexpected(stage, packet.command)
                }
                return answer
            }
            if packet.command == UInt8(ascii: "p"), packet.payload.isEmpty {
                progress += 1
                continue
            }
            guard stage == .endOfMessage else { throw .unexpected(stage, packet.command) }
            bytes += packet.payload.count
            guard modifications.count < Self.limitModifications, bytes <= Self.limitModificationBytes else {
                throw .tooManyModifications(limit: Self.limitModifications)
            }
            modifications.append(try packet.modification(agreement.actions))
        }
        throw .timedOut(stage)
    }

    /// Gathers the stage's macros that have a value, as one packet before the step's own.
    private func putMacros(_ stage: MilterStage) {
        let traits = stage.traits
        guard !macros.isEmpty, let place = traits.macros else { return }
        let values = (agreement.macros[place] ?? traits.names).compactMap { name in
            macros[name].map { (name, $0) }
        }
        guard !values.isEmpty else { return }
        stream.put(UInt8(ascii: "D")) { output in
            output.append(stage.command)
            for (name, value) in values {
                Self.append(name.utf8, to: &output)
                Self.append(value.utf8, to: &output)
            }
        }
    }

    /// Appends bytes as the protocol's text: without NUL, which would end it early, and with the NUL that ends it.
    private static func append(_ text: some Collection<UInt8>, to output: inout [UInt8]) {
        if text.contains(0) {
            output += text.lazy.filter { $0 != 0 }
        } else {
            output += text
        }
        output.append(0)
    }

    private static func append(_ family: Unicode.Scalar, _ address: String, _ port: UInt16, to output: inout [UInt8]) {
        output.append(UInt8(ascii: family))
        output.append(UInt8(truncatingIfNeeded: port >> 8))
        output.append(UInt8(truncatingIfNeeded: port))
        append(address.utf8, to: &output)
    }
}
