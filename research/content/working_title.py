"""A working title: what a draft is called before somebody gives it a title of its own."""

MARK = " (working title)"


def working_title(about: str) -> str:
    """Return the title of a draft on something, marked as none yet."""
    return f"{about}{MARK}"


def is_working_title(title: str) -> bool:
    """True for a title that says it is none yet."""
    return title.rstrip().casefold().endswith(MARK)
