// Fuzzes one parser: `fuzz TARGET [libFuzzer's options and corpus folders]`. Built and called by Tests/Fuzz/run.

import CFuzzer
import Glibc

guard CommandLine.arguments.count > 1, let target = FuzzTarget(rawValue: CommandLine.arguments[1]) else {
    let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " ")
    let usage = "usage: fuzz TARGET [option…] [corpus…]\ntargets: \(names)\n"
    _ = usage.utf8.withContiguousStorageIfAvailable { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(EX_USAGE)
}

// libFuzzer sees the program's name and what stands behind the target.
var argc = CommandLine.argc - 1
var argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
exit(LLVMFuzzerRunDriver(&argc, &argv, target.callback))
