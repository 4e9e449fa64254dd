// milter-bench DAEMON REFERENCES FOLDER [ROUNDS]: compares the agent with the reference milters. FOLDER is made, should lie on a
// real disk, and keeps the logs; REFERENCES holds the programs `accept` and `capture`. Exit status 1 when a figure is missed.

import Glibc

func report(_ line: String) {
    let line = line + "\n"
    _ = line.withCString { write(STDOUT_FILENO, $0, strlen($0)) }
}

func write(_ text: String, to path: String) throws(BenchError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0, text.withCString({ write(descriptor, $0, strlen($0)) }) == text.utf8.count else {
        throw BenchError(description: "\(path): \(String(cString: strerror(errno)))")
    }
    close(descriptor)
}

func agent(_ daemon: String, _ folder: String, _ name: String, options: String = "") throws(BenchError) -> Milter {
    let configuration = "\(folder)/\(name).toml"
    let text = """
        socket = "unix:\(folder)/\(name).sock"
        journal = "\(folder)/\(name).journal"
        user = "root"
        allow_root = true
        \(options)

        """
    try write(text, to: configuration)
    return try Milter(
        "bounce-milter", socket: "\(folder)/\(name).sock", log: "\(folder)/\(name).log",
        [daemon, "-f", "-c", configuration])
}

func reference(_ path: String, _ folder: String, _ arguments: [String] = []) throws(BenchError) -> Milter {
    let name = String(path.split(separator: "/").last ?? "")
    let socket = "\(folder)/\(name).sock"
    return try Milter(name, socket: socket, log: "\(folder)/\(name).log", [path, "unix:" + socket] + arguments)
}

func bench(_ arguments: [String]) throws(BenchError) -> Bool {
    guard arguments.count >= 4, let rounds = arguments.count > 4 ? Int(arguments[4]) : 11, rounds > 0 else {
        throw BenchError(description: "usage: milter-bench DAEMON REFERENCES FOLDER [ROUNDS]")
    }
    let (daemon, references, folder) = (arguments[1], arguments[2], arguments[3])
    mkdir(folder, 0o700)
    var holds = true

    report("Ordinary outbound mail: bounce-milter, a C milter that accepts at MAIL")
    do {
        let subject = try agent(daemon, folder, "ordinary")
        let other = try reference(references + "/accept", folder)
        defer { for milter in [subject, other] { milter.end() } }
        let comparison = Comparison(traffic: .ordinary, bar: Bar(rate: 0.95, processor: 1.2), rounds: rounds)
        holds = try comparison.run(subject, against: other) && holds
    }
    report("Ordinary outbound mail: bounce-milter with a stamp for each message, bounce-milter without")
    do {
        try write("a-secret-of-some-forty-characters-for-a-bench\n", to: folder + "/stamp.key")
        let subject = try agent(daemon, folder, "stamped", options: "stamp.key_files = [\"\(folder)/stamp.key\"]")
        let other = try agent(daemon, folder, "bare")
        defer { for milter in [subject, other] { milter.end() } }
        let comparison = Comparison(traffic: .ordinary, bar: Bar(moreMicroseconds: 30), rounds: rounds)
        holds = try comparison.run(subject, against: other) && holds
    }
    report("Ordinary outbound mail: bounce-milter that remembers each message's campaign, bounce-milter without")
    do {
        try write("", to: folder + "/mail.log")
        let options = "campaign_header = \"Subject\"\ndelivery_log.path = \"\(folder)/mail.log\""
        let subject = try agent(daemon, folder, "campaigns", options: options)
        let other = try agent(daemon, folder, "plain")
        defer { for milter in [subject, other] { milter.end() } }
        let comparison = Comparison(traffic: .ordinary, bar: Bar(moreMicroseconds: 20), rounds: rounds)
        holds = try comparison.run(subject, against: other) && holds
    }
    report("DSNs, on disk before the answer: bounce-milter, a C milter that reads, appends and syncs in groups")
    do {
        let subject = try agent(daemon, folder, "dsn")
        let other = try reference(references + "/capture", folder, ["\(folder)/capture.records"])
        defer { for milter in [subject, other] { milter.end() } }
        let comparison = Comparison(traffic: .dsn, bar: Bar(rate: 0.85, processor: nil), rounds: rounds)
        holds = try comparison.run(subject, against: other) && holds
    }
    report("Memory of bounce-milter, resident")
    do {
        let subject = try agent(daemon, folder, "memory")
        defer { subject.end() }
        holds = try Memory().run(subject) && holds
    }
    return holds
}

do throws(BenchError) {
    exit(try bench(CommandLine.arguments) ? 0 : 1)
} catch {
    report("milter-bench: \(error)")
    exit(70)
}
