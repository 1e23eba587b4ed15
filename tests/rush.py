"""A hundred editors at one SQLite site, all at once: ``make rush``. Counts what they met, and what was lost.

Each opens an article of their own and saves it again and again with new words, on the real server with its runner, in
a database and on a port of their own. An answer is good when it says that the words are saved and they are, or when
it holds them and says that they are not. Exit code 1: words were lost, or somebody met an error without words.
"""

import argparse
import contextlib
import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).parents[1]
ASKED_AT_MOST_SECONDS = 120


@dataclass
class Editor:
    """One person: their session, their article, and what happened to each of their saves."""

    session: str
    csrf: str
    page: int
    saved: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)


def main() -> int:
    """Run, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.rush", description=__doc__)
    parser.add_argument("--editors", type=int, default=100)
    parser.add_argument("--saves", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="countersign-rush-") as folder:
        _set_up(Path(folder))
        editors = [_editor(number) for number in range(options.editors)]
        with _server() as port:
            threads = [threading.Thread(target=_work, args=(port, each, options.saves)) for each in editors]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return _report(editors)


def _set_up(folder: Path) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "TEST_DATABASE_URL": f"sqlite:///{folder / 'countersign.sqlite3'}",
        "TEST_MEDIA_ROOT": str(folder / "media"),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'site'}",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _editor(number: int) -> Editor:
    from django.middleware.csrf import _get_new_csrf_string
    from django.test import Client

    from tests.factories import ArticlePageFactory, TopicIndexPageFactory, writer_user

    section = getattr(_editor, "section", None) or TopicIndexPageFactory()
    _editor.section = section  # type: ignore[attr-defined]
    writer = writer_user(username=f"editor{number}")
    article = ArticlePageFactory(parent=section, by=writer)
    client = Client()
    client.force_login(writer)
    return Editor(client.cookies["sessionid"].value, _get_new_csrf_string(), article.pk)


@contextlib.contextmanager
def _server() -> Iterator[int]:
    from django.conf import settings

    from common.management.commands.start import answers, environment, manage, web_command

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    commands = [web_command("127.0.0.1", port, settings.WEB_PROCESSES, settings.WEB_THREADS), manage("run_releases")]
    processes = [subprocess.Popen(command, env=environment()) for command in commands]
    try:
        while not answers(f"http://127.0.0.1:{port}/health/live"):
            if any(process.poll() is not None for process in processes):
                raise SystemExit("The server did not start.")
            time.sleep(0.2)
        yield port
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(timeout=60)


def _ask(port: int, method: str, path: str, headers: dict[str, str], body: str = "") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ASKED_AT_MOST_SECONDS)
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def _work(port: int, editor: Editor, saves: int) -> None:
    for number in range(saves):
        words = f"Words {number} of the article {editor.page}"
        path = f"/admin/pages/{editor.page}/edit/"
        cookies = {"Cookie": f"sessionid={editor.session}; csrftoken={editor.csrf}", "Accept": "text/html"}
        try:
            status, _ = _ask(port, "GET", path, cookies)
            editor.met[f"opened: {status}"] += 1
            body = urlencode(_form(editor, words), doseq=True)
            headers = {**cookies, "Content-Type": "application/x-www-form-urlencoded"}
            began = time.monotonic()
            status, answer = _ask(port, "POST", path, headers, body)
        except OSError as error:
            editor.met[f"no answer: {type(error).__name__}"] += 1
            continue
        editor.seconds.append(time.monotonic() - began)
        if status == http.HTTPStatus.FOUND:
            editor.saved.append(words)
            editor.met["saved"] += 1
        elif words in answer:
            editor.met[f"given back: {status}"] += 1
        else:
            editor.met[f"lost: {status}"] += 1


def _form(editor: Editor, words: str) -> dict[str, Any]:
    from django.db import connection

    from research.models import ArticlePage
    from tests.research.doors.forms import editor_post

    try:
        draft = ArticlePage.objects.get(pk=editor.page).get_latest_revision_as_object()
        return editor_post(draft) | {"title": words, "csrfmiddlewaretoken": editor.csrf}
    finally:
        connection.close()


def _report(editors: list[Editor]) -> int:
    from wagtail.models import Revision

    met = sum((each.met for each in editors), Counter[str]())
    missing = [
        words
        for each in editors
        for words in each.saved
        if not Revision.objects.filter(object_id=str(each.page), content__title=words).exists()
    ]
    seconds = sorted(second for each in editors for second in each.seconds)
    lines = [f"{count:6} {what}" for what, count in sorted(met.items())]
    if len(seconds) > 1:
        late = seconds[len(seconds) * 95 // 100]
        lines.append(f"a save: median {statistics.median(seconds):.1f} s, 95 in 100 within {late:.1f} s")
    lines.append(f"{len(missing)} of {met['saved']} acknowledged saves are missing")
    sys.stdout.write("\n".join(lines) + "\n")
    bad = [what for what in met if what.startswith(("lost", "no answer")) or what == "opened: 500"]
    return int(bool(missing or bad))


if __name__ == "__main__":
    sys.exit(main())
