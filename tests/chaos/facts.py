"""What is true of a rig: its rows and its files, read as they are, without the product's help."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import rows

from echoes.embedded import servers

TABLES = {
    "ingest": "library_ingest",
    "recording": "library_recording",
    "placement": "clips_placement",
    "take": "clips_take",
    "piece": "compiler_piece",
    "film": "compiler_film",
    "chore": "lab_chore",
    "errand": "lab_errand",
}
OVER = ("succeeded", "failed", "cancelled")
Row = dict[str, Any]
Ref = tuple[str, str]
"""A kind and the id of a job."""


def refs(told: list[list[str]]) -> list[Ref]:
    """Jobs as the asker names them."""
    return [(kind, pk) for kind, pk in told]


class TooLate(AssertionError):
    """What was waited for did not come."""


class Facts:
    """The part of a rig that only looks (and `write`, for what no process of this version would write)."""

    home: Path
    servers: servers.Servers
    _line: psycopg.Connection[Row] | None = None

    def query(self, text: str, *values: Any) -> list[Row]:
        """Read from the database, on a line of the rig's own."""
        for _ in range(2):
            try:
                if self._line is None or self._line.closed:
                    self._line = psycopg.connect(
                        self.servers.urls.database, autocommit=True, row_factory=rows.dict_row
                    )
                return self._line.execute(text, values).fetchall()  # type: ignore[arg-type]
            except psycopg.OperationalError:
                if self._line is not None:
                    self._line.close()
                self._line = None
        raise TooLate("the database does not answer")

    def write(self, text: str, *values: Any) -> None:
        """Write into the database as no process of this version would."""
        with psycopg.connect(self.servers.urls.database, autocommit=True) as line:
            line.execute(text, values)  # type: ignore[arg-type]

    def row(self, ref: Ref) -> Row:
        return self.query(f"SELECT * FROM {TABLES[ref[0]]} WHERE id = %s", ref[1])[0]  # noqa: S608

    def age(self, ref: Ref, column: str) -> float:
        """Seconds since a moment in a job's row, less than nothing while it is to come."""
        moment = self.row(ref)[column]
        return self.now() - moment.timestamp() if moment else 0.0

    def now(self) -> float:
        return time.time()

    def events(self, ref: Ref) -> list[Row]:
        return self.query("SELECT * FROM jobs_jobevent WHERE job_id = %s ORDER BY id", ref[1])

    def jobs_of(self, owner: str) -> list[Ref]:
        """Every job of a person."""
        return [
            (kind, str(row["id"]))
            for kind, table in TABLES.items()
            for row in self.query(f"SELECT id FROM {table} WHERE owner_id = %s", owner)  # noqa: S608
        ]

    def ended_at(self, owner: str) -> float:
        """When the last job of a person ended."""
        return max(float(self.row(ref)["finished_at"].timestamp()) for ref in self.jobs_of(owner))

    def unfinished(self, owner: str = "") -> list[Ref]:
        found = []
        for kind, table in TABLES.items():
            text = f"SELECT id, owner_id FROM {table} WHERE finished_at IS NULL"  # noqa: S608
            found += [
                (kind, str(row["id"]))
                for row in self.query(text)
                if not owner or str(row["owner_id"]) == owner
            ]
        return found

    def state(self, ref: Ref) -> str:
        return str(self.row(ref)["state"])

    def files(self, owner: str) -> set[str]:
        """What is stored for a person, half-written files too."""
        media = self.home / "data" / "media"
        return {
            str(path.relative_to(media / store))
            for store in ("photos", "films", "music")
            for path in (media / store / owner).rglob("*")
            if path.is_file()
        }

    def connections(self) -> int:
        """Connections to the database, without the rig's own."""
        text = "SELECT count(*) AS n FROM pg_stat_activity WHERE backend_type = 'client backend'"
        return int(self.query(text)[0]["n"]) - 1
