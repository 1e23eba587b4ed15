"""Carrying out what is due: by whom, when, once; and how an article goes live then."""
