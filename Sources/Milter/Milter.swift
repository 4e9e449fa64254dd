// Milter: see README.md.
