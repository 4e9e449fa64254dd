// A mail system's notice in plain words.

import BounceReports
import MailSyntax

/// What is read of a text that a daemon sends under a subject.
func readNotice(subject: String, _ text: String) -> Report {
    ReportReader().read(
        MailMessage(
            Array(
                """
                Return-Path: <>
                From: MAILER-DAEMON@mx.example
                Subject: \(subject)
                MIME-Version: 1.0
                Content-Type: text/plain; charset=utf-8

                \(text)

                """.utf8)))
}
