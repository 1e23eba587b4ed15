import importlib.util
import os
import socket
import sys
import urllib.error
import urllib.request
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from common import health, installation, startup
from common.processes import Child, Supervisor


class Command(BaseCommand):
    """One command for one machine: the web server and the runner, kept alive together."""

    help = "Run the web server and the runner, start again what dies, and stop both on Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare where the server listens."""
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--workers", type=int, default=settings.WEB_PROCESSES)
        parser.add_argument("--threads", type=int, default=settings.WEB_THREADS)

    def handle(self, *, host: str, port: int, workers: int, threads: int, **options: Any) -> None:
        """Run until told to stop."""
        self._say_or_refuse(workers)
        refuse_a_port_in_use(host, port)
        supervisor = Supervisor(children(host, port, workers, threads), environment=environment())
        supervisor.stop_on_signals()
        self.stdout.write("Starting ...")
        supervisor.run(while_starting=lambda: self._announced(host, port))
        self.stdout.write("Stopped.")

    def _say_or_refuse(self, workers: int) -> None:
        """Print what is wrong with the installation; raise CommandError when it could serve nobody."""
        errors = []
        for problem in installation.problems(workers):
            if problem.is_serious():
                errors.append(f"{problem.msg}\n{problem.hint}")
            else:
                self.stderr.write(self.style.WARNING(f"{problem.msg}\n  {problem.hint}"))
        if health.NOT_MIGRATED in health.database_problems():
            errors.append("The database lacks migrations.\nRun `manage.py migrate`, then start again.")
        connections.close_all()  # children open their own
        if errors:
            raise CommandError("\n\n".join(errors))

    def _announced(self, host: str, port: int) -> bool:
        """Print the addresses once the server answers, and tell whether that has happened."""
        base = f"http://{_visible(host)}:{port}"
        if not answers(f"{base}/health/live"):
            return False
        self.stdout.write(self.style.SUCCESS(f"\nThe site:  {base}/"))
        self.stdout.write(self.style.SUCCESS(f"The desk:  {base}/admin/"))
        for line in startup.lines():
            self.stdout.write(line)
        self.stdout.write("\nStop with Ctrl-C.")
        self.stdout.flush()
        return True


def children(host: str, port: int, workers: int, threads: int) -> list[Child]:
    """Return the processes of a site on one machine: web, runner, imports; and a worker where tasks are queued."""
    found = [
        Child("web", web_command(host, port, workers, threads)),
        Child("runner", manage("run_releases")),
        Child("imports", manage("run_imports")),
    ]
    if settings.TASKS_IN_DATABASE:
        found.append(Child("worker", manage("db_worker")))
    return found


def web_command(host: str, port: int, workers: int, threads: int) -> list[str]:
    """Return the command of the fastest server that is installed; neither writes an access log by default.

    Several workers share what is loaded; for one alone, its parent would hold it in vain.
    """
    if importlib.util.find_spec("granian") is None:
        return manage("runserver", f"{host}:{port}", "--noreload", "--nostatic")
    server = "granian" if workers == 1 else "config.preloaded"
    return [
        *(sys.executable, "-m", server, "--interface", "wsgi", "--no-access-log", "--log-level", "error"),
        *("--host", host, "--port", str(port), "--workers", str(workers)),
        *("--blocking-threads", str(threads), "--respawn-failed-workers"),
        "config.wsgi:application",
    ]


def manage(*arguments: str) -> list[str]:
    """Return the command line of a management command in this environment."""
    return [sys.executable, "-m", "django", *arguments]


def environment() -> dict[str, str]:
    """Return the variables for the children: ours, with this process's settings and import path."""
    paths = [str(settings.BASE_DIR), str(settings.SITE_DIR), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PYTHONUNBUFFERED": "1",
    }


def refuse_a_port_in_use(host: str, port: int) -> None:
    """Raise CommandError when something listens there already: the server would die again and again."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host}:{port}: {error.strerror}. Choose another with PORT=..."
            ) from error


def answers(address: str) -> bool:
    """Tell whether the server gives any HTTP answer there within a second; refusing the host is one, too."""
    try:
        with urllib.request.urlopen(address, timeout=1):  # noqa: S310 - the address is ours
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _visible(host: str) -> str:
    """Return an address a browser on this machine can open for a server that listens on ``host``."""
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host
