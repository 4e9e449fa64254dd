// The one filter of the process: libmilter holds its state in globals, so that there can be no second. Also the watch over the
// descriptors, and the count of messages that a stop has to wait for.

internal import CMilter
import Glibc
import Synchronization

/// A filter as it was registered, with what is derived from its options once.
final class Registration: Sendable {
    let filter: any MilterFilter
    let options: MilterOptions
    let wantedProtocol: UInt
    let wantedActions: UInt
    /// For each stage the names of its macros, separated by blanks.
    let macroLists: [(stage: Int32, names: String)]
    let descriptorLimit: Int
    private let isLow = Atomic<Bool>(false)

    init(_ filter: any MilterFilter, descriptorLimit: Int) {
        self.filter = filter
        options = filter.options
        wantedProtocol = options.wantedProtocol
        wantedActions = UInt(SMFIF_SETSYMLIST) | options.changes.rawValue
        macroLists = MilterMacroStage.allCases.map { stage in
            (stage.rawValue, (filter.options.macros[stage] ?? []).joined(separator: " "))
        }
        self.descriptorLimit = descriptorLimit
    }

    private static let registered = Atomic<Unmanaged<Registration>?>(nil)
    private static let messages = Atomic<Int>(0)

    /// What was registered last. It is kept for good: threads of libmilter's may still be in it when another comes.
    static var current: Registration? {
        get { registered.load(ordering: .acquiring)?.takeUnretainedValue() }
        set { registered.store(newValue.map(Unmanaged.passRetained), ordering: .releasing) }
    }

    /// Runs the end of a message so that `messagesUnderWay` counts it.
    static func counted<Result>(_ body: () -> Result) -> Result {
        messages.add(1, ordering: .relaxed)
        defer { messages.subtract(1, ordering: .relaxed) }
        return body()
    }

    /// How many messages are in their end-of-message callback.
    static var messagesUnderWay: Int { messages.load(ordering: .relaxed) }

    /// Tells the filter when nine tenths of the descriptors are in use, and not again before it was under eight tenths. The lowest
    /// free descriptor's number is a lower bound of how many are open, and asking for it is two short system calls.
    func watchDescriptors() {
        let lowest = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
        if lowest >= 0 { Glibc.close(lowest) }
        let inUse = lowest >= 0 ? Int(lowest) : descriptorLimit
        if inUse >= descriptorLimit / 10 * 9 {
            if !isLow.exchange(true, ordering: .relaxed) {
                filter.descriptorsRunLow(inUse: inUse, limit: descriptorLimit)
            }
        } else if inUse < descriptorLimit / 10 * 8, isLow.load(ordering: .relaxed) {
            isLow.store(false, ordering: .relaxed)
        }
    }
}
