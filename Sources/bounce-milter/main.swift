// The daemon: bounce-milter(8).

import Agent
import Glibc

exit(Daemon.run(Array(CommandLine.arguments.dropFirst())))
