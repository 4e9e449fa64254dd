divert(-1)
dnl bounce-milter(8) in Sendmail 8.14 and later. Included in sendmail.mc after its DAEMON_OPTIONS and before its MAILER lines:
dnl
dnl     include(`/usr/share/bounce-milter/sendmail/bounce-milter.m4')dnl
dnl
dnl README.md beside this file says what each part is for, and what it costs.

dnl Where the agent listens, what happens while it is away, and the port for Sendmail's own reports: to be changed by a define
dnl before the include.
ifdef(`BOUNCE_MILTER_SOCKET', `', `define(`BOUNCE_MILTER_SOCKET', `local:/run/bounce-milter/bounce-milter.sock')')
ifdef(`BOUNCE_MILTER_FLAGS', `', `define(`BOUNCE_MILTER_FLAGS', `T')')
ifdef(`BOUNCE_MILTER_PORT', `', `define(`BOUNCE_MILTER_PORT', `2526')')

dnl The first DAEMON_OPTIONS takes the place of the port that Sendmail opens by itself.
ifelse(defn(`_DPO_'), `', `DAEMON_OPTIONS(`Name=MTA')')

dnl The filter, on all ports.
INPUT_MAIL_FILTER(`bounce-milter', `S='BOUNCE_MILTER_SOCKET`, F='BOUNCE_MILTER_FLAGS`, T=C:10s;S:30s;R:30s;E:2m')

dnl The port at which Sendmail's own reports come in again, past other filters. M=M is the mark that the rules below look for.
DAEMON_OPTIONS(`Name=bounce-milter-dsn, Family=inet, Addr=127.0.0.1, Port='BOUNCE_MILTER_PORT`, InputMailFilters=bounce-milter, M=M')

dnl The way there. F=k: the greeting there is this host's own, and that is no loop.
PUSHDIVERT(7)
Mbounce-milter-dsn, P=[IPC], F=mDFMuXak, S=EnvFromSMTP/HdrFromSMTP, R=MasqSMTP, E=\r\n, L=2040, T=DNS/RFC822/SMTP,
		A=TCP $h BOUNCE_MILTER_PORT
POPDIVERT

dnl Which mail takes it. Sendmail addresses a report while it has the message that failed in hand: the recipient is then that message's
dnl sender ($f). Trying a report again from the queue, it knows it by its origin ($_), "localhost" with no address behind it, which no
dnl client can have. Mail that came in by the port itself is left alone.
PUSHDIVERT(3)
R$+ < @ $+ >			$: $1 @ $2 $| < $&{daemon_flags} > $1 < @ $2 >
R$+ . $| $+			$: $1 $| $2
R$* $| < $* MM $* > $+		$: $4
R$&f $| < $* > $+		$#bounce-milter-dsn $@ [127.0.0.1] $: $2
R$* $| < $* > $+		$: $&_ $| $3
Rlocalhost $| $+		$#bounce-milter-dsn $@ [127.0.0.1] $: $1
R$* $| $+			$: $2
POPDIVERT
divert(0)dnl
