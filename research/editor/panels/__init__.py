"""The panels of an article's form: its ratings, schedule and signature, its checks, and its source beside it."""
