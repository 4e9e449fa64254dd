divert(-1)
dnl bounce-milter(8) in Sendmail 8.14 or later. To be included in sendmail.mc, after its DAEMON_OPTIONS and before its MAILER lines:
dnl 
dnl     include(`/usr/share/bounce-milter/sendmail/bounce-milter.m4')dnl
dnl 
dnl What each part is for, and what it costs: README.md beside this file.

ifdef(`BOUNCE_MILTER_SOCKET', `', `define(`BOUNCE_MILTER_SOCKET', `local:/run/bounce-milter/bounce-milter.sock')')
ifdef(`BOUNCE_MILTER_FLAGS', `', `define(`BOUNCE_MILTER_FLAGS', `F=T, ')')
ifdef(`BOUNCE_MILTER_PORT', `', `define(`BOUNCE_MILTER_PORT', `2526')')

dnl A first DAEMON_OPTIONS replaces the port that Sendmail opens by itself.
ifelse(defn(`_DPO_'), `', `DAEMON_OPTIONS(`Name=MTA')')

dnl The filter, on all ports.
INPUT_MAIL_FILTER(`bounce-milter', `S='BOUNCE_MILTER_SOCKET`, 'BOUNCE_MILTER_FLAGS`T=C:10s;S:30s;R:30s;E:2m')

dnl The port at which Sendmail's own reports come in again. Only this host may reach it.
DAEMON_OPTIONS(`Name=bounce-milter-dsn, Family=inet, Addr=127.0.0.1, Port='BOUNCE_MILTER_PORT`, InputMailFilters=bounce-milter, M=M')

dnl The way there. k: the greeting is this host's own, and that is no loop.
PUSHDIVERT(7)
Mbounce-milter-dsn, P=[IPC], F=mDFMuXak, S=EnvFromSMTP/HdrFromSMTP, R=MasqSMTP, E=\r\n, L=2040, T=DNS/RFC822/SMTP,
		A=TCP $h BOUNCE_MILTER_PORT
POPDIVERT

dnl Sendmail addresses a report while the message that failed is at hand: its recipient is that message's sender. When it tries the
dnl report again later, the report's own origin is "localhost", with no address behind it, which no client can have.
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
