// MilterClient: see README.md.
