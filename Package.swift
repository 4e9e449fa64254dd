// swift-tools-version: 6.2
// One target a folder of Sources/; which may import which is the table in README.md, "The code".

import PackageDescription

/// A release is optimized across modules: the small functions of MailSyntax are called for every byte of a message.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error), .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

/// A Swift target of Sources/NAME, with warnings as errors.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of one module, in Tests/NAMETests, with their samples in Resources/ where there are any (read by path, not copied).
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: Bool = false) -> Target {
    .testTarget(
        name: name + "Tests",
        dependencies: [.byName(name: name)] + dependencies,
        exclude: resources ? ["Resources"] : [], swiftSettings: strict)
}

let package = Package(
    name: "bounce-milter",
    products: [
        .executable(name: "bounce-milter", targets: ["bounce-milter"]),
        .executable(name: "bouncectl", targets: ["bouncectl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        .target(name: "CMilter", path: "CMilter", linkerSettings: [.linkedLibrary("milter")]),
        .systemLibrary(name: "CVectorscan", path: "Tests/CVectorscan"),
        .systemLibrary(name: "CManyBytes"),
        .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        module("POSIX"),
        module("Vocabulary"),
        module("TOMLOptions", ["POSIX", .product(name: "TOMLKit", package: "TOMLKit")]),
        module("Milter", ["CMilter"]),
        module("MilterClient"),
        module("MailSyntax", ["CManyBytes"]),
        module("BounceReports", ["MailSyntax", "Vocabulary"]),
        module("DeliveryLog", ["MailSyntax", "POSIX"]),
        module(
            "Classification",
            ["MailSyntax", "POSIX", "TOMLOptions", "Vocabulary", .product(name: "TOMLKit", package: "TOMLKit")]),
        module("ReturnPath", ["MailSyntax", "POSIX", .product(name: "Crypto", package: "swift-crypto")]),
        module("Journal", ["POSIX", "Vocabulary"]),
        module(
            "Suppression",
            [
                "CPostgreSQL", "Journal", "MailSyntax", "POSIX", "TOMLOptions", "Vocabulary",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        module(
            "Agent",
            [
                "BounceReports", "Classification", "DeliveryLog", "Journal", "MailSyntax", "Milter", "POSIX",
                "ReturnPath", "TOMLOptions", "Vocabulary",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "TOMLKit", package: "TOMLKit"),
            ]),
        .executableTarget(name: "bounce-milter", dependencies: ["Agent"], swiftSettings: strict),
        .executableTarget(
            name: "bouncectl",
            dependencies: [
                "Agent", "BounceReports", "Classification", "DeliveryLog", "Journal", "MailSyntax", "Milter",
                "MilterClient", "POSIX", "ReturnPath", "Suppression", "TOMLOptions", "Vocabulary",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),
        .target(name: "ProcessorTime", path: "Tests/ProcessorTime", swiftSettings: strict),
        tests("MailSyntax", ["ProcessorTime"], resources: true),
        tests("BounceReports", ["MailSyntax", "ProcessorTime", "Vocabulary"], resources: true),
        tests("Classification", ["CVectorscan", "MailSyntax", "Vocabulary"]),
        tests("DeliveryLog", ["MailSyntax", "POSIX"]),
        tests("ReturnPath", ["MailSyntax"]),
        tests("CMilter"),
        tests("Milter", ["MilterClient"]),
        tests("MilterClient"),
        tests("Agent", ["bounce-milter", "MilterClient", "POSIX"], resources: true),
        tests("Journal", ["POSIX", "Vocabulary"], resources: true),
        .executableTarget(
            name: "outage-simulation", dependencies: ["Suppression"], path: "Tests/Simulation", swiftSettings: strict),
        tests("Suppression", ["bouncectl", "Journal", "TOMLOptions", "Vocabulary", "outage-simulation"]),
        tests("POSIX"),
        tests("TOMLOptions"),
        tests("bouncectl", ["Journal", "MailSyntax", "Vocabulary"]),
    ]
)

// Only Tests/Fuzz/run sets this: the fuzzer links with the sanitizers' run time, which nothing else is built with.
if Context.environment["BOUNCE_MILTER_FUZZ"] != nil {
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: ["BounceReports", "CFuzzer", "Classification", "DeliveryLog", "MailSyntax", "ReturnPath"],
            path: "Tests/Fuzz", exclude: ["CFuzzer", "Seeds", "run"], swiftSettings: strict),
    ]
}

// Only Tests/Bench/run sets this: the load generator and the store's measurement are of no use elsewhere.
if Context.environment["BOUNCE_MILTER_BENCH"] != nil {
    package.targets += [
        .executableTarget(
            name: "milter-bench", dependencies: ["MilterClient"], path: "Tests/Bench/Load", swiftSettings: strict),
        .executableTarget(
            name: "store-bench", dependencies: ["Journal", "Suppression", "Vocabulary"], path: "Tests/Bench/Store",
            swiftSettings: strict),
    ]
}
