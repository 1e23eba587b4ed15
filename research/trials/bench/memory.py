"""What two workers hold in memory once they served readers and the sign-in form, beside Wagtail alone."""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.urls import reverse

from research.models import PublishedArticle
from research.trials.bench import Figure
from research.trials.bench.serving import OURS, ask, served, variables
from research.trials.many import make_many

MEASURED = "memory of two workers of granian on {size} articles, what they share counted once"
SIZE, SHORT_SIZE = 10_000, 1_000
WORKERS = 2
#: Different ones, so that what grows with the pages that were read is seen.
PAGES_READ = 300
OF_STOCK = 1.2
STOCK = "research.trials.bench.stock"
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
    paths = {"PYTHONPATH": f"{settings.BASE_DIR}:{settings.SITE_DIR}"}
    subprocess.run([sys.executable, "-m", STOCK], cwd=folder, env=paths, check=True)  # noqa: S603 - the command is ours
    return _held(f"{STOCK}:application", folder, {"DJANGO_SETTINGS_MODULE": ""}, [*["/"] * PAGES_READ, "/admin/login/"])


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
