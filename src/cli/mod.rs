//! The command line: arguments in, use cases called, lines out.
