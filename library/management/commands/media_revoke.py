from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from library import revoking


class Command(BaseCommand):
    help = "Takes back every link to one object: it is moved, and pages link to its new place."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("link", help="The link that somebody should not have, as it was given.")

    def handle(self, *args: Any, link: str, **options: Any) -> None:
        try:
            storage, key = revoking.place(link)
            moved = revoking.revoke(storage=storage, key=key)
        except revoking.NoSuchObject as error:
            raise CommandError(str(error)) from None
        where = f"It is at {storage}/{moved} now." if moved else "Nobody needed it, so it was deleted."
        self.stdout.write(f"{where} No link that led to it before works any more.")
