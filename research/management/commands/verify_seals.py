"""Checks every seal, for cron and auditors."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from research.audit import BROKEN, check_seals
from research.models.signoffs import SealChain

EXIT_BROKEN, EXIT_DRIFTED = 1, 3


class Command(BaseCommand):
    """Compares the chain, what readers see and the live rows; its exit code says what it found."""

    help = (
        "Checks the chain of signatures, everything public against it, and live page rows against both. "
        "Exit code 0: all as signed; 1: a seal is broken; 3: only page rows drifted from what is public."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--head", default="", help="a head kept elsewhere that must be in the chain")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, head: str = "", **options: Any) -> None:
        """Check, print, and exit with the code that fits."""
        problems = list(check_seals(known_head=head))
        chain = SealChain.objects.filter(pk=1).first() or SealChain()
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
