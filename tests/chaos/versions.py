"""Two versions of Echoes at once, as in every deploy."""

from __future__ import annotations

import signal

from tests.chaos import check
from tests.chaos.facts import refs
from tests.chaos.rig import Rig

OLD_COLUMNS = {
    "id": "gen_random_uuid()",
    "owner_id": "%s",
    "state": "'queued'",
    "priority": "0",
    "attempt": "0",
    "fence": "0",
    "run_after": "now()",
    "progress": "0",
    "error_code": "''",
    "error_message": "''",
    "error_detail": "''",
    "created_at": "now()",
}
"""What version 0.1 wrote into the row of any job."""


def other_messages(rig: Rig) -> None:
    """A worker hears of an actor that it does not know, and gets arguments that it does not take."""
    owner: str = rig.ask("person")
    for actor, args, kwargs in OTHERS:
        rig.ask("message", queue="quick", actor=actor, args=args, kwargs=kwargs)
    rig.ask("chores", number=20, owner=owner)
    rig.settled(owner)
    check.all_is_well(rig, owner)
    assert rig.children["worker"].lives


OTHERS: list[tuple[str, list[object], dict[str, object]]] = [
    ("narrate_v9", [], {}),
    ("quick", [], {"job": "4e1c", "since": 9}),
    ("quick", ["an old argument"], {}),
]


def newer_waiter(rig: Rig) -> None:
    """A kind of job that this version does not know waits for one that it does."""
    owner: str = rig.ask("person")
    rig.kill("worker", signal.SIGSTOP)
    [chore] = refs(rig.ask("chores", owner=owner))
    rig.write(
        "INSERT INTO jobs_wait (waiter_kind, waiter_id, on_kind, on_id)"
        " VALUES ('narration', gen_random_uuid(), 'chore', %s)",
        chore[1],
    )
    rig.kill("worker", signal.SIGCONT)
    try:
        rig.settled(owner, seconds=10)
        check.all_is_well(rig, owner)
    finally:
        rig.write("DELETE FROM jobs_wait WHERE waiter_kind = 'narration'")


def older_row(rig: Rig) -> None:
    """A process of version 0.1 asks for work, in columns that it knows."""
    owner: str = rig.ask("person")
    columns = OLD_COLUMNS | {"task": "'nothing'", "digest": "''", "runs": "0", "settled": "0"}
    rig.write(
        f"INSERT INTO lab_chore ({', '.join(columns)}) VALUES ({', '.join(columns.values())})",  # noqa: S608
        owner,
    )
    rig.settled(owner)
    check.all_is_well(rig, owner)
