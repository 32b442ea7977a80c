from __future__ import annotations

from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandParser
from django.template.defaultfilters import filesizeformat
from rich.console import Console
from rich.table import Table

from echoes.kernel import clock
from library import reconciling
from library.reconciling import Found


class Command(BaseCommand):
    help = "Compares the stores of media with the rows: files that nobody knows, and files that are missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--remove",
            action="store_true",
            help="Remove the files that nobody knows, and have what has lost its file made again.",
        )

    def handle(self, *args: Any, remove: bool, **options: Any) -> None:
        now = clock.now()
        found = Found()
        for more in reconciling.everybody(now=now):
            found.add(more)
        console = Console(file=cast(IO[str], self.stdout), width=140)
        if found.orphans or found.missing:
            console.print(_table(found))
        console.print(_sentence(found))
        if remove:
            reconciling.mend(found, now=now, anyway=True)
            console.print("Done: removed, and marked.")


def _table(found: Found) -> Table:
    table = Table()
    for heading in ("what", "store", "key", "size"):
        table.add_column(heading, overflow="fold")
    for store, stored in found.orphans:
        table.add_row("nobody knows it", store, stored.key, filesizeformat(stored.size))
    for entry in found.missing:
        table.add_row(f"missing: {entry.what} {entry.id}", entry.storage, entry.key, "")
    return table


def _sentence(found: Found) -> str:
    size = filesizeformat(sum(stored.size for _, stored in found.orphans))
    return (
        f"{found.seen} files seen. {len(found.orphans)} ({size}) that nobody knows and that are older than "
        f"a day; {len(found.missing)} missing."
    )
