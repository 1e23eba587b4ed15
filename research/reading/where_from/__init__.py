"""Where a sentence comes from, as readers can open it: short quotes of the source beside the words that rest on it."""
