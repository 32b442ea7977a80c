from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from echoes import checkup, env


class Command(BaseCommand):
    help = "Says what is present, what is missing, and what each missing thing switches off."
    requires_system_checks: list[str] = []  # noqa: RUF012  (Django's own form)

    def handle(self, *args: Any, **options: Any) -> None:
        findings = checkup.examine(env.load())
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            self.stdout.write(f"{self._mark(finding)} {finding.name:<{width}}  {finding.found}")
            if finding.without:
                self.stdout.write(f"{'':{width + 4}}→ {finding.without}")
        self.stdout.write()
        if any(finding.stops for finding in findings):
            sys.exit(
                "Something essential is missing: see the lines with ✗. `make setup` installs what it can."
            )
        self.stdout.write("Everything essential is here.")

    def _mark(self, finding: checkup.Finding) -> str:
        if finding.present:
            return str(self.style.SUCCESS("✓"))
        return str(self.style.ERROR("✗") if finding.stops else self.style.WARNING("–"))
