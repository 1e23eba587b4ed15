"""The dashboard: what waits for this person, what goes live next, and what went wrong."""
