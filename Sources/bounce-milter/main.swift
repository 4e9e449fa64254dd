// The daemon: bounce-milter(8).

import Agent
import Glibc

// Not exit(3), which would take down what libmilter's threads may still use.
_exit(Daemon.run(Array(CommandLine.arguments.dropFirst())))
