"""What Lighthouse gives an article and the front of the demo on a phone, and what their first view weighs."""

import json
import os
import shutil
import statistics
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management import call_command

from research.trials.bench import Figure
from research.trials.bench.servers.running import served_as_in_production

RUNS = 5
MEASURED = f"medians of {RUNS} visits to the demo, served as in production, with a phone as Lighthouse imitates it"
PAGES = {"an article": "/ms/two-faces-of-microglia/", "the front": "/"}
#: No target is made of the score: other work on the machine lowers it, by way of blocking time. It leaves bytes alone.
SCORE, FIRST_VIEW_KIBIBYTES = 98, 150
BLOCKING = "total-blocking-time"
FLAGS = (
    *("--only-categories=performance", "--output=json", "--quiet", "--no-enable-error-reporting"),
    # A container has neither a screen nor, mostly, what Chromium's sandbox needs; it opens nothing but our own pages.
    "--chrome-flags=--headless=new --no-sandbox",
)


@dataclass(frozen=True)
class Visit:
    """One visit: its score of 100, what blocking time cost of that, and what was loaded."""

    score: float
    blocking: float
    bytes: int  # of the first view, as are the requests
    requests: int
    all_bytes: int


def missing() -> str:
    """Return what to install before this can be measured; "" when all is there."""
    if _lighthouse() is None:  # a version that Debian's Node runs: later ones want a newer Node
        return "not measured, Lighthouse is missing: `npm install -g lighthouse@12.2.3`, or name it by LIGHTHOUSE"
    if _chromium() is None:
        return "not measured, Chromium is missing: `apt-get install chromium`, or name it by CHROME_PATH"
    return ""


def run(runs: int) -> Iterator[Figure]:
    """Yield for each page the score, and the weight of its first view."""
    call_command("load_demo", stdout=StringIO())
    with TemporaryDirectory() as name:
        folder = Path(name)
        with served_as_in_production(folder) as (port, _):
            for called, address in PAGES.items():
                visits = [_visit(f"http://localhost:{port}{address}", folder) for _ in range(RUNS)]
                yield from figures_of(called, visits)


def figures_of(called: str, visits: Sequence[Visit]) -> Iterator[Figure]:
    """Yield the median score, which is told, and the median weight of the first view, which is to keep its goal."""

    def median(name: str) -> float:
        return statistics.median(getattr(visit, name) for visit in visits)

    score = f"{called}, score of 100 for its speed, goal {SCORE} on an idle machine"
    yield Figure(f"{score}; blocking time cost {median('blocking'):.1f}", median("score"), unit="points")
    first_view = f"{called}, first view in {median('requests'):.0f} requests"
    yield Figure(first_view, median("bytes") / 1024, FIRST_VIEW_KIBIBYTES, unit="KiB")
    yield Figure(f"{called}, with the pictures that were fetched ahead", median("all_bytes") / 1024, unit="KiB")


def visit_of(report: dict[str, Any]) -> Visit:
    """Return what Lighthouse reports of a visit.

    Raises:
        RuntimeError: it could not load the page.
    """
    category = report["categories"]["performance"]
    if category["score"] is None:
        raise RuntimeError(report.get("runtimeError", {}).get("message") or "Lighthouse gives no score.")
    [weight] = [audit["weight"] for audit in category["auditRefs"] if audit["id"] == BLOCKING]
    loaded = report["audits"]["network-requests"]["details"]["items"]
    first = [request for request in loaded if not _is_fetched_ahead(request)]
    return Visit(
        score=category["score"] * 100,
        blocking=(1 - report["audits"][BLOCKING]["score"]) * weight,
        bytes=sum(request["transferSize"] for request in first),
        requests=len(first),
        all_bytes=sum(request["transferSize"] for request in loaded),
    )


def _is_fetched_ahead(request: dict[str, Any]) -> bool:
    """Tell whether it is a picture below the first view: those in it are the ones that Chromium hurries."""
    return request["resourceType"] == "Image" and request.get("priority") == "Low"


def _visit(address: str, folder: Path) -> Visit:
    words = [str(_lighthouse()), address, *FLAGS]
    given = os.environ | {"CHROME_PATH": str(_chromium())}
    done = subprocess.run(words, env=given, cwd=folder, check=True, stdout=subprocess.PIPE)  # noqa: S603 - named by us
    return visit_of(json.loads(done.stdout))


def _lighthouse() -> str | None:
    return shutil.which(os.environ.get("LIGHTHOUSE") or "lighthouse")


def _chromium() -> str | None:
    return shutil.which(os.environ.get("CHROME_PATH") or "chromium")
