from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table
from rich.text import Text

from echoes import checkup, env

MARKS = {True: ("✓", "green"), False: ("–", "yellow")}
BROKEN = ("✗", "red")


class Command(BaseCommand):
    help = "Says what is present, what is missing, and what each missing thing switches off."
    requires_system_checks: list[str] = []  # noqa: RUF012  (Django's own form)

    def handle(self, *args: Any, **options: Any) -> None:
        findings = checkup.examine(env.load())
        table = Table(box=None, pad_edge=False, show_header=False)
        for finding in findings:
            mark, colour = BROKEN if _stops(finding) else MARKS[finding.present]
            table.add_row(
                Text(mark, style=colour), finding.name, f"{finding.found}\n{finding.without}".strip()
            )
        Console(file=sys.stdout, soft_wrap=True).print(table)
        if any(map(_stops, findings)):
            sys.exit(
                "\nSomething essential is missing: see the lines with ✗. `make setup` installs what it can."
            )
        self.stdout.write("\nEverything essential is here.")


def _stops(finding: checkup.Finding) -> bool:
    return finding.essential and not finding.present
