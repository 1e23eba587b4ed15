"""What a kept article costs a server beside the plainest answers of the same bytes: under granian, and gunicorn."""

import importlib.util
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from research.trials.bench import Figure
from research.trials.bench.servers.references import HEADERS_NAME, PAGE_NAME
from research.trials.bench.servers.running import OURS, SERVERS, ask, costs, served, variables
from research.trials.throwaway import countersign, make_article, make_reviewer

MEASURED = "processor time of a server, medians of {runs} rounds of 100 requests by turns; one worker of each server"
A_ROUND = 100
# A hit is to be served 0.7 times for each time that WSGI alone gives the same bytes, and ten times for each bare view
# of Django under gunicorn. No target is made of that: no application costs less than its server does, which is printed
# beside it. Where gunicorn is not installed (it is no part of us), its view is taken for so many times that of granian
# as was measured in November 2026.
OF_RAW, TIMES, GUNICORN_BY_GRANIAN = 0.7, 10, 1.4
UNIT = "µs of CPU"
REFERENCES = "research.trials.bench.servers.references"


def run(runs: int) -> Iterator[Figure]:
    """Yield the cost of bytes by WSGI alone, of a bare view of Django, and of a kept article."""
    address = _publish()
    servers = [name for name in SERVERS if importlib.util.find_spec(name)]
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        ours = stack.enter_context(served("granian", OURS, folder, variables(folder)))
        page, headers = ask(ours, address, 20)
        (folder / PAGE_NAME).write_bytes(page)
        (folder / HEADERS_NAME).write_text(json.dumps(headers))
        running = {("hit", "granian"): ours}
        for server in servers:
            for kind in ("raw", "bare_django"):
                given = served(server, f"{REFERENCES}:{kind}", folder, {"DJANGO_SETTINGS_MODULE": ""})
                running[kind, server] = stack.enter_context(given)
        cost = costs({name: (server, address) for name, server in running.items()}, runs, A_ROUND)
    hit, raw = cost["hit", "granian"], cost["raw", "granian"]
    for server in servers:
        yield Figure(f"{len(page):,} bytes by WSGI alone, {server}", cost["raw", server], unit=UNIT)
        yield Figure(f"the same by a bare view of Django, {server}", cost["bare_django", server], unit=UNIT)
    yield Figure("a kept article, granian; goal by WSGI alone", hit, raw / OF_RAW, unit=UNIT)
    view = cost.get(("bare_django", "gunicorn"), cost["bare_django", "granian"] * GUNICORN_BY_GRANIAN)
    name = (
        f"a kept article for each bare view under gunicorn, goal {TIMES}, of which WSGI alone reaches {view / raw:.1f}"
    )
    yield Figure(name, view / hit, unit="times")


def _publish() -> str:
    article = make_article("kept")
    countersign(article, make_reviewer("kept-reviewer"))
    article.get_latest_revision().publish(skip_permission_checks=True)
    return "/section/kept/"
