// Agent: see README.md.
