from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from echoes import documents


class Command(BaseCommand):
    help = "Writes the documents that are made from the code, or checks that they are up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail if something would")

    def handle(self, *args: Any, **options: Any) -> None:
        stale = documents.stale()
        if not options["check"]:
            documents.write()
        for path in stale:
            self.stdout.write(f"{'out of date' if options['check'] else 'written'}: {path.name}")
        if stale and options["check"]:
            sys.exit("Run `manage.py generate_docs`.")
