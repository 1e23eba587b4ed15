"""The read-only API: what is public, for programs. It reads the rows that the pages read, by the same rules."""
