from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from billing import reconcile


class Command(BaseCommand):
    help = "Says what does not agree in the books of credits; ends with 1 if there is anything."

    def handle(self, *args: Any, **options: Any) -> None:
        found = reconcile.differences()
        for sentence in found:
            self.stdout.write(sentence)
        self.stdout.write(f"{len(found)} differences.")
        if found:
            sys.exit(1)
