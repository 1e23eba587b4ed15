"""Checks every seal, for cron and auditors."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from research.audit import BROKEN, check_seals
from research.models.signoffs import SealChain

EXIT_BROKEN, EXIT_DRIFTED = 1, 3


class Command(BaseCommand):
    """Compares the chain, what readers see and the live rows; its exit code says what it found."""

    help = (
        "Checks the chains, their checkpoints, everything public against them, and live page rows against both. "
        "Exit code 0: all as signed; 1: a seal is broken; 3: only page rows drifted from what is public."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--head", default="", help="a head kept elsewhere that must be in the chain")
        parser.add_argument("--checkpoint", default="", help="a file with a checkpoint kept elsewhere that must fit")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, head: str = "", checkpoint: str = "", **options: Any) -> None:
        """Check, print, and exit with the code that fits."""
        note = _read(checkpoint) if checkpoint else ""
        problems = list(check_seals(known_head=head, known_checkpoint=note))
        chain = SealChain.objects.filter(pk=SealChain.Name.SIGNATURES).first() or SealChain()
        if options["json"]:
            found = [problem.__dict__ for problem in problems]
            report = {"head": chain.head, "lines": chain.length, "problems": found}
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            for problem in problems:
                self.stdout.write(f"{problem.weight}: {problem.subject}: {problem.words}")
            self.stdout.write(f"{chain.length} signatures, head {chain.head or 'none'}; {len(problems)} problems.")
        if problems:
            is_broken = any(problem.weight == BROKEN for problem in problems)
            raise SystemExit(EXIT_BROKEN if is_broken else EXIT_DRIFTED)


def _read(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CommandError(f"The checkpoint {name} cannot be read: {error}") from error
