// The tool.
