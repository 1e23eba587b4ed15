"""The claims of an article in the newsroom: what they rest on, how they are printed, the reviewer's ticks."""
