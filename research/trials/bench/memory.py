"""What two workers hold in memory once they served readers and the sign-in form, beside Wagtail alone."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from django.urls import reverse

from research.models import PublishedArticle
from research.trials.bench import Figure
from research.trials.bench.servers.running import OURS, STOCK, ask, make_stock, reference_variables, served, variables
from research.trials.many import make_many

MEASURED = "memory of two workers of granian on {size} articles, what they share counted once"
SIZE, SHORT_SIZE = 10_000, 1_000
WORKERS = 2
#: Different ones, so that what grows with the pages that were read is seen.
PAGES_READ = 300
OF_STOCK = 1.2
UNIT = "MiB"


def run(runs: int, size: int) -> Iterator[Figure]:
    """Yield the proportional set size of Wagtail alone, and of ours."""
    make_many(size)
    addresses = list(PublishedArticle.objects.order_by("pk").values_list("address", flat=True)[:PAGES_READ])
    with TemporaryDirectory() as name:
        folder = Path(name)
        stock = _stock(folder)
        ours = _held(
            OURS,
            folder,
            variables(folder),
            ["/", "/section/", *addresses, reverse("account_login")],
        )
    yield Figure("Wagtail alone", stock, unit=UNIT)
    yield Figure("ours", ours, stock * OF_STOCK, ours / stock, unit=UNIT)


def _stock(folder: Path) -> float:
    given = reference_variables(folder, "stock")
    make_stock(folder, given, articles=0)
    return _held(STOCK, folder, given, [*["/"] * PAGES_READ, "/admin/login/"])


def _held(application: str, folder: Path, environment: dict[str, str], addresses: Sequence[str]) -> float:
    """Return the mebibytes that a server's processes hold after they served pages."""
    with served("granian", application, folder, environment, workers=WORKERS) as server:
        for address in addresses:
            for _ in range(WORKERS * 2):  # either worker may answer
                ask(server, address, 1)
        return sum(_proportional_size(pid) for pid in _with_children(server[1])) / 1024


def _with_children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in _with_children(int(child)))]


def _proportional_size(pid: int) -> int:
    """Return the kibibytes that a process holds, its share of what it shares with others."""
    return int(re.findall(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[0])
