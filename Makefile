# bounce-milter's front door. Every target installs Debian packages that it needs and that are missing, and says so.
#
#   make build      the programs, in .build/release
#   make demo       a private Postfix (MTA=sendmail: Sendmail), a dozen messages, the journal as it grows; a minute once built (as root)
#   make test       unit tests, integration tests with a real Postfix and a real Sendmail (as root), lint
#   make bench      speed and memory, beside reference milters in C
#   make fuzz       each parser, SECONDS (60) each
#   make install    what "make build" made, rules, configuration, units, manuals, completions; PREFIX (/usr/local), DESTDIR (as root)

PREFIX ?= /usr/local
DESTDIR ?=
SECONDS ?= 60
SWIFT ?= swift
MTA ?= postfix

BUILD_PACKAGES = libmilter-dev libsqlite3-dev libpq-dev pkg-config
RUN_PACKAGES = $(BUILD_PACKAGES) postfix python3
TEST_PACKAGES = $(RUN_PACKAGES) postfix-sqlite postfix-pgsql postgresql mandoc miltertest strace

# Debian's Sendmail excludes its Postfix: unpacked beside it, with the libraries that Postfix and Python do not bring.
SENDMAIL_PACKAGES = sendmail-bin sendmail-cf m4 libldap-2.5-0 libsasl2-2 libwrap0
UNPACK_SENDMAIL = .ci/unpack .build/sendmail $(SENDMAIL_PACKAGES)

# With Swift's own libraries inside, so that the programs run where no Swift is installed.
BUILD_RELEASE = $(SWIFT) build -c release --static-swift-stdlib
RELEASE = .build/release
SOURCES = Sources CMilter Tests Package.swift

.PHONY: all build demo test unit integration lint bench fuzz install clean
all: build

build:
	@.ci/packages $(BUILD_PACKAGES)
	$(BUILD_RELEASE)

demo:
	@.ci/packages $(RUN_PACKAGES)
	@[ $(MTA) != sendmail ] || $(UNPACK_SENDMAIL)
	$(BUILD_RELEASE)
	@BUILD_DIR=$(CURDIR)/$(RELEASE) Tests/Demo/demo $(MTA)

test: unit integration lint

unit:
	@.ci/packages $(BUILD_PACKAGES) libvectorscan-dev postgresql
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

integration:
	@.ci/packages $(TEST_PACKAGES)
	@$(UNPACK_SENDMAIL)
	$(SWIFT) build
	@Tests/Integration/run
	@BUILD_DIR=$(CURDIR)/.build/debug Tests/Endurance/log-follower 20000 6 8

lint:
	@.ci/packages mandoc
	$(SWIFT) format lint --strict --recursive $(SOURCES)
	@echo 'mandoc -T lint man/*'; ! mandoc -T lint man/* 2>&1 | grep -vE 'referenced manual not found|outdated mandoc.db'

bench:
	@.ci/packages $(RUN_PACKAGES) gcc libc6-dev libsisimai-perl postgresql
	$(BUILD_RELEASE)
	@Tests/Bench/run

fuzz:
	@.ci/packages $(BUILD_PACKAGES) lld
	@Tests/Fuzz/run $(SECONDS)

# Builds nothing, since root often has no Swift. The configuration of an earlier installation stays as it is; the new one then lies
# beside it.
install:
	@[ -x $(RELEASE)/bounce-milter ] && [ -x $(RELEASE)/bouncectl ] || { echo 'Nothing is built yet: run "make build" first.' >&2; exit 1; }
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin $(DESTDIR)/etc/bounce-milter/rules $(DESTDIR)/var/cache/bounce-milter
	install -s $(RELEASE)/bounce-milter $(DESTDIR)$(PREFIX)/sbin/bounce-milter
	install -s $(RELEASE)/bouncectl $(DESTDIR)$(PREFIX)/bin/bouncectl
	install -d $(DESTDIR)$(PREFIX)/share/bounce-milter/rules $(DESTDIR)$(PREFIX)/share/doc/bounce-milter
	rm -f $(DESTDIR)$(PREFIX)/share/bounce-milter/rules/*.toml
	install -m 644 conf/rules/*.toml $(DESTDIR)$(PREFIX)/share/bounce-milter/rules/
	install -D -m 644 conf/sendmail/bounce-milter.m4 $(DESTDIR)$(PREFIX)/share/bounce-milter/sendmail/bounce-milter.m4
	cp -r conf/postfix conf/sendmail README.md LICENSE $(DESTDIR)$(PREFIX)/share/doc/bounce-milter/
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|/usr/sbin/bounce-milter|$(PREFIX)/sbin/bounce-milter|' conf/systemd/bounce-milter.service \
	    >$(DESTDIR)$(PREFIX)/lib/systemd/system/bounce-milter.service
	sed 's|/usr/bin/bouncectl|$(PREFIX)/bin/bouncectl|' conf/systemd/bounce-store.service \
	    >$(DESTDIR)$(PREFIX)/lib/systemd/system/bounce-store.service
	install -m 644 conf/systemd/bounce-milter-log.service $(DESTDIR)$(PREFIX)/lib/systemd/system/
	@set -e; for name in bounce-milter bounce-store; do \
	    file=$(DESTDIR)/etc/bounce-milter/$$name.toml; \
	    if [ -e $$file ] && ! cmp -s conf/$$name.toml $$file; then file=$$file.new; fi; \
	    echo "install -m 644 conf/$$name.toml $$file"; install -m 644 conf/$$name.toml $$file; done
	for page in man/*; do section=$${page##*.}; \
	    install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$$section/$${page#man/} || exit 1; done
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
	    $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(RELEASE)/bouncectl --generate-completion-script bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/bouncectl
	$(RELEASE)/bouncectl --generate-completion-script zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_bouncectl
	$(RELEASE)/bouncectl --generate-completion-script fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/bouncectl.fish

clean:
	$(SWIFT) package clean
