// Suppression lists of mail services, by their headers, to records.

import Journal
import Testing
import Vocabulary

@testable import Suppression

@Suite struct ListImportTests {
    static let now: Int64 = 1_795_255_200_000  // 2026-11-21T10:00:00Z

    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let list: String
        let format: ListFormat
        /// Event, recipient, category, feedback type, day.
        let records: [String]
        var passing = 0
    }

    static let cases = [
        Case(
            testDescription: "SendGrid, bounces",
            list: """
                status,reason,email,created
                5.1.1,"550 5.1.1 unknown user, sorry",Anna@EXAMPLE.com,1790083507
                ,550 blocked by policy,bob@example.com,1790083507
                """, format: .sendgrid, records: ["bounce Anna@example.com mailbox-unknown - 2026-09-22"], passing: 1),
        Case(
            testDescription: "SendGrid, spam reports", list: "ip,email,created\n192.0.2.1,a@example.com,1790083507\n",
            format: .sendgrid, records: ["complaint a@example.com abuse-report abuse 2026-09-22"]),
        Case(
            testDescription: "SendGrid, unsubscribes", list: "email,created\na@example.com,1790083507\n",
            format: .sendgrid, records: ["complaint a@example.com abuse-report opt-out 2026-09-22"]),
        Case(
            testDescription: "Mailgun, bounces",
            list:
                "address,code,error,created_at\na@example.com,550,No such mailbox,\"Fri, 21 Oct 2011 11:02:55 GMT\"\n",
            format: .mailgun, records: ["bounce a@example.com mailbox-unknown - 2011-10-21"]),
        Case(
            testDescription: "Mailgun, unsubscribes",
            list: "address,tags,created_at\na@example.com,*,\"Fri, 21 Oct 2011 11:02:55 UTC\"\n",
            format: .mailgun, records: ["complaint a@example.com abuse-report opt-out 2011-10-21"]),
        Case(
            testDescription: "Mailgun, complaints",
            list: "address,created_at\na@example.com,\"21 Oct 2011 11:02 +0200\"\n",
            format: .mailgun, records: ["complaint a@example.com abuse-report abuse 2011-10-21"]),
        Case(
            testDescription: "Postmark",
            list: """
                EmailAddress,SuppressionReason,Origin,CreatedAt
                a@example.com,HardBounce,Recipient,2019-12-17T08:58:33-05:00
                b@example.com,SpamComplaint,Recipient,2019-12-17T08:58:33-05:00
                c@example.com,ManualSuppression,Customer,2019-12-17T08:58:33-05:00
                """, format: .postmark,
            records: [
                "bounce a@example.com mailbox-unknown - 2019-12-17",
                "complaint b@example.com abuse-report abuse 2019-12-17",
                "complaint c@example.com abuse-report opt-out 2019-12-17",
            ]),
        Case(
            testDescription: "SparkPost",
            list: """
                recipient,type,source,description,created,updated,subaccount_id
                a@example.com,transactional,Bounce Rule,550 5.1.1 unknown user,2017-08-11T17:00:00+00:00,2017-08-11T17:00:00+00:00,0
                b@example.com,non_transactional,Unsubscribe Link,,2017-08-11T17:00:00+00:00,,0
                c@example.com,non_transactional,Spam Complaint,,2017-08-11T17:00:00+00:00,,0
                """, format: .sparkpost,
            records: [
                "bounce a@example.com mailbox-unknown - 2017-08-11",
                "complaint b@example.com abuse-report opt-out 2017-08-11",
                "complaint c@example.com abuse-report abuse 2017-08-11",
            ]),
        Case(
            testDescription: "SparkPost, a template",
            list: "recipient,type,description\na@example.com,transactional,x\n",
            format: .sparkpost, records: ["complaint a@example.com abuse-report opt-out 2026-11-21"]),
        Case(
            testDescription: "Mailchimp, cleaned",
            list: """
                "Email Address","First Name",MEMBER_RATING,OPTIN_TIME,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,LEID,EUID,NOTES,TAGS
                a@example.com,Anna,2,"2019-01-02 03:04:05","2021-05-04 13:22:10","Spring, 2021",abc,1,2,,
                """, format: .mailchimp, records: ["bounce a@example.com mailbox-unknown - 2021-05-04"]),
        Case(
            testDescription: "Mailchimp, unsubscribed",
            list: """
                "Email Address",MEMBER_RATING,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,LEID
                a@example.com,2,"2021-05-04 13:22:10",Spring,abc,SPAM,,1
                b@example.com,2,"2021-05-04 13:22:10",Spring,abc,NORMAL,,1
                """, format: .mailchimp,
            records: [
                "complaint a@example.com abuse-report abuse 2021-05-04",
                "complaint b@example.com abuse-report opt-out 2021-05-04",
            ]),
        Case(
            testDescription: "listmonk",
            list: """
                uuid,email,name,attributes,status,created_at,updated_at
                1,a@example.com,Anna,"{""city"": ""X""}",enabled,2021-01-01 10:00:00 +0000 UTC,2021-01-01 10:00:00 +0000 UTC
                2,b@example.com,Bob,{},blocklisted,2021-01-01 10:00:00 +0000 UTC,2021-05-04 13:22:10.123456 +0200 CEST
                """, format: .listmonk, records: ["complaint b@example.com abuse-report opt-out 2021-05-04"], passing: 1
        ),
        Case(
            testDescription: "SES, exported",
            list: "EmailAddress,Reason,LastUpdateTime\na@example.com,BOUNCE,2020-04-10T21:03:05.5+00:00\n",
            format: .ses, records: ["bounce a@example.com mailbox-unknown - 2020-04-10"]),
        Case(
            testDescription: "SES, as it takes them, without a header",
            list: "a@example.com,BOUNCE\nb@example.com,COMPLAINT\n",
            format: .ses,
            records: [
                "bounce a@example.com mailbox-unknown - 2026-11-21",
                "complaint b@example.com abuse-report abuse 2026-11-21",
            ]),
        Case(
            testDescription: "plain, one column, no header", list: "a@example.com\n<b@EXAMPLE.com>\nno address\n",
            format: .csv,
            records: [
                "complaint a@example.com abuse-report opt-out 2026-11-21",
                "complaint b@example.com abuse-report opt-out 2026-11-21",
            ]),
        Case(
            testDescription: "plain, with reasons",
            list:
                "Name;E-Mail;Reason;Date\nAnna;a@example.com;Hard Bounce;2026-01-02\nBob;b@example.com;soft bounce;2026-01-02\n",
            format: .csv, records: ["bounce a@example.com mailbox-unknown - 2026-01-02"], passing: 1),
        Case(
            testDescription: "plain, with replies for reasons",
            list: """
                email,reason
                a@example.com,421 4.7.0 blocked for now
                b@example.com,"552 5.2.2 Mailbox full"
                c@example.com,deferred
                d@example.com,out of office
                e@example.com,Spam Report
                f@example.com,opt-out
                g@example.com,dropped
                h@example.com,
                """, format: .csv,
            records: [
                "bounce b@example.com mailbox-full - 2026-11-21",
                "complaint e@example.com abuse-report abuse 2026-11-21",
                "complaint f@example.com abuse-report opt-out 2026-11-21",
                "complaint h@example.com abuse-report opt-out 2026-11-21",
            ], passing: 3),
        Case(
            testDescription: "plain, with replies and no reason",
            list: "email,status,diagnostic\na@example.com,,550 blocked\nb@example.com,5.2.2,full\nc@example.com,,\n",
            format: .csv,
            records: [
                "bounce b@example.com mailbox-full - 2026-11-21",
                "complaint c@example.com abuse-report opt-out 2026-11-21",
            ], passing: 1),
        Case(
            testDescription: "subscribers in good standing",
            list: "email,status\na@example.com,active\nb@example.com,unsubscribed\n",
            format: .csv, records: ["complaint b@example.com abuse-report opt-out 2026-11-21"]),
        Case(
            testDescription: "a service's header with words that it has not",
            list: "email,status,type,created\na@example.com,hardBounce,soft,2026-01-02\n",
            format: .csv, records: [], passing: 1),
        Case(
            testDescription: "replies without a header",
            list: "a@example.com,550 blocked\nb@example.com,mailbox full\n",
            format: .csv, records: ["bounce b@example.com mailbox-full - 2026-11-21"], passing: 1),
        Case(
            testDescription: "reasons without a header, of which the first is empty",
            list: "a@example.com,\nb@example.com,soft bounce\nc@example.com,hard bounce\nd@example.com,active\n",
            format: .csv,
            records: [
                "complaint a@example.com abuse-report opt-out 2026-11-21",
                "bounce c@example.com mailbox-unknown - 2026-11-21",
            ], passing: 1),
        Case(
            testDescription: "SES, a reason that it has not",
            list: "EmailAddress,Reason\na@example.com,550 blocked\nb@example.com,who knows\nc@example.com,BOUNCE\n",
            format: .ses, records: ["bounce c@example.com mailbox-unknown - 2026-11-21"], passing: 1),
        Case(
            testDescription: "this program's own",
            list: String(decoding: ListExport.csv.head, as: UTF8.self)
                + "a@example.com,mailbox-disabled,2026-01-02T03:04:05.678Z,,5.2.1,,r\n",
            format: .csv, records: ["bounce a@example.com mailbox-disabled - 2026-01-02"]),
        Case(
            testDescription: "this program's own of before, with another name for the addresses",
            list:
                "address,category,since,until,status,diagnostic,rule\na@example.com,mailbox-disabled,2026-01-02T03:04:05.678Z,,5.2.1,,r\n",
            format: .csv, records: ["bounce a@example.com mailbox-disabled - 2026-01-02"]),
        Case(
            testDescription: "a time that is none, and one to come",
            list: "email,date\na@example.com,soon\nb@example.com,2031-01-01\n",
            format: .csv,
            records: [
                "complaint a@example.com abuse-report opt-out 2026-11-21",
                "complaint b@example.com abuse-report opt-out 2026-11-21",
            ]),
    ]

    /// Rules of a few words.
    @Sendable static func judge(_ reply: ListImport.Reply) -> ListImport.Judgement? {
        if reply.text.contains("blocked") {
            return .init(disposition: .block, category: .policy, action: .investigate, expiresAfterSeconds: nil)
        }
        return reply.text.contains("full")
            ? .init(disposition: .soft, category: .mailboxFull, action: .suppress, expiresAfterSeconds: 86_400) : nil
    }

    static func records(_ list: String, now: Int64 = now) throws -> (ListImport, [Record]) {
        var reader = try ListImport(CSVReader(Array(list.utf8)), file: "list.csv", now: now, judge: judge)
        var records: [Record] = []
        while let record = try reader.next() { records.append(record) }
        return (reader, records)
    }

    @Test(arguments: cases) func recordsOf(_ sample: Case) throws {
        let (reader, records) = try Self.records(sample.list)
        #expect(reader.columns.format == sample.format)
        let lines = records.map { record in
            let day = Timestamp.format(record.timeMilliseconds).prefix(10)
            return
                "\(record.event.rawValue) \(record.recipient) \(record.category.rawValue) \(record.report?.feedbackType ?? "-") \(day)"
        }
        #expect(lines == sample.records)
        #expect(reader.counts.passing == sample.passing)
        for record in records {
            #expect(record.action == .suppress)
            #expect(record.origin == .operator)
            #expect(record.trust == .local)
            #expect(record.rule == "import.\(sample.format.rawValue)")
            #expect(record.source.file == "list.csv")
            #expect(try Record.decode(record.encode(seq: 1)).record == record)
        }
        #expect(Set(records.map(\.id)).count == records.count)
    }

    @Test func theSameRowHasTheSameID() throws {
        let one = try Self.records("email,created\na@example.com,1790083507\n").1
        let again = try Self.records("created,email\r\n1790083507,\"A@Example.com\"\r\n1790083508,a@example.com\r\n").1
        #expect(one.map(\.id) == [again[0].id])
        #expect(again[0].id != again[1].id)
    }

    /// What was full once may be unknown later.
    @Test func anotherCategoryIsAnotherRow() throws {
        let ids = try ["552 5.2.2 mailbox full", "552 full", "hard bounce"].map {
            try #require(try Self.records("email,reason\na@example.com,\($0)\n").1.first).id
        }
        #expect(ids[0] == ids[1])
        #expect(ids[0] != ids[2])
    }

    /// Whatever the time of the import, and whether the row tells one.
    @Test(arguments: [
        "email\na@example.com\n", "email,created\na@example.com,soon\n", "email,created\na@example.com,\n",
    ])
    func aRowWithoutATimeHasTheSameID(list: String) throws {
        let records = try [0, 1, Milliseconds.day].flatMap { try Self.records(list, now: Self.now + $0).1 }
        #expect(records.count == 3)
        #expect(Set(records.map(\.id)).count == 1)
    }

    @Test func timesThatCannotBeReadAreCounted() throws {
        let (reader, records) = try Self.records(
            "email,created\na@example.com,soon\nb@example.com,\nc@example.com,1790083507\nd@example.com,32.13.2026\ne@example.com,2027-01-01\n"
        )
        #expect(records.count == 5)
        #expect(reader.counts.withoutTime == 3)
        #expect(reader.counts.linesWithoutTime == [2, 5, 6])
    }

    /// This program's own list, as "store export" writes it.
    @Test func whatEndsByItselfEndsAsItDid() throws {
        let list = """
            email,category,since,until,status,diagnostic,rule
            a@example.com,mailbox-full,2026-11-20T00:00:00.000Z,2026-12-20T00:00:00.000Z,5.2.2,full,recipient.full
            b@example.com,mailbox-unknown,2026-11-20T00:00:00.000Z,2027-02-18T00:00:00.000Z,5.4.1,,a.rule
            c@example.com,mailbox-unknown,2026-11-20T00:00:00.000Z,,5.1.1,,a.rule
            d@example.com,mailbox-full,2026-10-01T00:00:00.000Z,2026-10-31T00:00:00.000Z,5.2.2,full,recipient.full
            e@example.com,mailbox-unknown,2026-11-20T00:00:00.000Z,soon,5.1.1,,a.rule

            """
        let (reader, records) = try Self.records(list)
        #expect(records.map(\.recipient) == ["a@example.com", "b@example.com", "c@example.com"])
        #expect(records.map(\.disposition) == [.soft, .hard, .hard])
        #expect(
            records.map { $0.expiresMilliseconds.map(Timestamp.format)?.prefix(10) } == [
                "2026-12-20", "2027-02-18", nil,
            ])
        #expect(reader.counts.passing == 1)
        #expect(reader.counts.reasonsNotUnderstood.map { "\($0.line) \($0.reason)" } == ["6 soon"])
    }

    @Test func aFullMailboxIsNotForGood() throws {
        let record = try #require(try Self.records("email,reason\na@example.com,mailbox-full\n").1.first)
        #expect(record.disposition == .soft)
        #expect(record.expiresMilliseconds == Self.now + 30 * Milliseconds.day)
    }

    @Test func whatTheServiceNotedIsKept() throws {
        let list = "status,reason,email,created\n5.2.2,\"552 5.2.2 full\nup\",a@example.com,1790083507\n"
        let record = try #require(try Self.records(list).1.first)
        #expect(record.status == "5.2.2")
        #expect(record.diagnostic == "552 5.2.2 full up")
        #expect(record.category == .mailboxFull)
        #expect(record.disposition == .soft)
        #expect(record.expiresMilliseconds == Int64(1_790_083_507_000 + 86_400_000))
    }

    @Test func aReplyAsTheReasonIsKept() throws {
        let record = try #require(try Self.records("email,reason\na@example.com,552 5.2.2 mailbox full\n").1.first)
        #expect(record.diagnostic == "552 5.2.2 mailbox full")
        #expect(record.expiresMilliseconds == Self.now + 86_400_000)
    }

    @Test(arguments: [
        "email,reason\na@example.com,Spam Report\n",
        "address,category,diagnostic\na@example.com,abuse-report,Spam Report\n",
    ])
    func theWordOfAComplaintIsKept(list: String) throws {
        #expect(try Self.records(list).1.map(\.diagnostic) == ["Spam Report"])
    }

    @Test func reasonsThatAreNotUnderstoodAreNamed() throws {
        let list = "email,reason\na@example.com,dropped\nb@example.com,unsubscribed\nc@example.com,x\n"
        let (reader, records) = try Self.records(list)
        #expect(records.map(\.recipient) == ["b@example.com"])
        #expect(reader.counts.notUnderstood == 2)
        #expect(reader.counts.reasonsNotUnderstood.map { "\($0.line) \($0.reason)" } == ["2 dropped", "4 x"])
    }

    @Test func theColumnOfAddressesMayBeNamed() throws {
        let list = Array("Member Address,Bounce Score\na@example.com,5\n".utf8)
        var reader = try ListImport(
            CSVReader(list), column: "member address", file: "list.csv", now: Self.now, judge: Self.judge)
        #expect(try reader.next()?.recipient == "a@example.com")
        #expect(throws: ListError.noSuchColumn("Address", header: "Member Address, Bounce Score")) {
            _ = try ListImport(CSVReader(list), column: "Address", file: "", now: Self.now, judge: Self.judge)
        }
    }

    @Test(
        arguments: [
            ("Имя,Почта", "Почта", 1), ("Имя,Почта", "почта", 1), ("Имя 2,Почта 2", "Почта_2", 1), ("名前,メール", "メール", 1),
            ("E-Mail,e_mail", "e_mail", 1), ("E-Mail,e_mail", "EMAIL", 0), ("#,@", "@", 1), ("Имя,Почта", "Адрес", nil),
            ("#,@", "-", nil), ("Имя,email", "", nil),
        ] as [(String, String, Int?)])
    func columnsOfAnyScript(header: String, name: String, column: Int?) {
        let row = header.split(separator: ",").map(String.init)
        #expect((try? ListColumns.read(firstRow: row, column: name))?.columns.address == column)
    }

    @Test func rowsWithoutAnAddressAreCounted() throws {
        let (reader, records) = try Self.records(
            "email\na@example.com\n\"a b\"@c\nnobody\na@example.com, b@example.com\n@example.com\nx@y\na@b.example c\n")
        #expect(records.map(\.recipient) == ["a@example.com", "a@example.com"])
        #expect(reader.counts.withoutAddress == 5)
        #expect(reader.counts.linesWithoutAddress == [3, 4, 6, 7, 8])
    }

    @Test(arguments: [
        ("", ListError.empty), ("name,age\nAnna,7\n", .noAddressColumn("name, age")),
        ("Anna\n", .noAddressColumn("Anna")),
    ])
    func isNoList(text: String, error: ListError) {
        #expect(throws: error) { _ = try Self.records(text) }
    }

    @Test(
        arguments: [
            ("1790083507", 1_790_083_507_000), ("1790083507123", 1_790_083_507_123), ("17", nil), ("", nil),
            ("soon", nil),
            ("2021-05-04", 1_620_086_400_000), ("2021-05-04 13:22:10", 1_620_134_530_000),
            ("2021-05-04T13:22:10Z", 1_620_134_530_000), ("2021-05-04T13:22:10+02:00", 1_620_127_330_000),
            ("2021-05-04 13:22:10.5 -0700 PDT", 1_620_159_730_500), ("2021-05-04 13:22", 1_620_134_520_000),
            ("2021-05-04 13:22:10 UTC", 1_620_134_530_000), ("Tue, 04 May 2021 13:22:10 GMT", 1_620_134_530_000),
            ("4 May 2021 13:22:10 +0200", 1_620_127_330_000), ("2021-13-04", nil), ("2021-05-04 25:00:00", nil),
            ("Tue, 04 Foo 2021 13:22:10 GMT", nil), ("0001-01-01 00:00:00 +0000 UTC", nil),
            ("99999999999999999999", nil),
            ("2021-05-04 + +", nil), ("T", nil), (", ,", nil),
        ] as [(String, Int64?)])
    func time(text: String, expected: Int64?) {
        #expect(ListTime.milliseconds(text) == expected)
    }
}
