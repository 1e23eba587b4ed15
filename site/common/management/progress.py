"""A line on the terminal that says how far a command is."""

from typing import Any

BAR_WIDTH = 30


class ProgressBar:
    """A line that shows how far it is, on a terminal only."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.is_shown = stream, stream.isatty()
        self.label, self.total, self.percent = "", 0, -1

    def begin(self, label: str, total: int) -> None:
        """Start a new bar."""
        self.label, self.total, self.percent = label, total, -1
        self.show(0)

    def show(self, done: int) -> None:
        """Draw the bar when it moved."""
        percent = 100 * done // self.total if self.total else 100
        if not self.is_shown or percent == self.percent:
            return
        self.percent = percent
        filled = BAR_WIDTH * percent // 100
        self.stream.write(f"\r{self.label[:40]} [{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {percent}%")
        self.stream.flush()

    def wipe(self) -> None:
        """Take the bar away, for a line of words."""
        if self.is_shown and self.percent >= 0:
            self.stream.write("\r\033[K")
            self.percent = -1

    def end(self) -> None:
        """Finish the bar."""
        self.wipe()


class WatchedStream:
    """A file that tells how far it was read."""

    def __init__(self, stream: Any, bar: ProgressBar) -> None:
        self.stream, self.bar, self.seen = stream, bar, 0

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        piece = self.stream.read(size)
        self.seen += len(piece)
        self.bar.show(self.seen)
        return piece
