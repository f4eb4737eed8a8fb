//! Model folders: import, list, verify, pull.
