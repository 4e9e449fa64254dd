// The journal's words as values of options: `--event bounce`.

import ArgumentParser
import Vocabulary

extension Event: ExpressibleByArgument {}
extension Disposition: ExpressibleByArgument {}
extension Category: ExpressibleByArgument {}
