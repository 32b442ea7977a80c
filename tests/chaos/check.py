"""What must be true of a person's work after any crash: nothing lost, nothing twice, nothing left over."""

from __future__ import annotations

from jobs import states
from jobs.states import State
from tests.chaos.facts import OVER, Ref
from tests.chaos.rig import Rig

MAX_ATTEMPTS = 3


def all_is_well(rig: Rig, owner: str) -> None:
    """Every job of the person succeeded, once, and what is stored is what the rows say."""
    for ref in rig.jobs_of(owner):
        ended_once(rig, ref)
        state = rig.state(ref)
        assert state == "succeeded", f"{ref[0]} is {state}: {rig.row(ref)['error_detail']}"
    nothing_twice(rig, owner)
    rig.ask("housekeeping", hours=48)
    assert rig.files(owner) == set(rig.ask("expected_files", owner=owner))
    assert not list((rig.home / "data" / "media" / ".parts").glob("*"))
    nothing_left(rig)


def ended_once(rig: Rig, ref: Ref) -> None:
    """One end, reached by moves that the table of states allows."""
    row, events = rig.row(ref), rig.events(ref)
    ends = [event["new"] for event in events if event["new"] in OVER and event["old"] != event["new"]]
    assert ends == [row["state"]], f"{ref[0]} ended as {ends} and is {row['state']}"
    for event in events:
        old, new = event["old"], event["new"]
        assert old in ("", new) or states.may_move(State(old), State(new)), f"{old} > {new}"
    assert row["attempt"] <= MAX_ATTEMPTS
    if "settled" in row:
        assert row["settled"] == 1


def nothing_twice(rig: Rig, owner: str) -> None:
    """An asset for each photo, a clip for each placement, a take for each clip, a task for each errand."""
    jobs = rig.jobs_of(owner)
    kinds = [kind for kind, _ in jobs]
    found = rig.ask("counts", owner=owner)
    assert found["assets"] == kinds.count("ingest")
    assert found["clips"] == found["takes"] == kinds.count("placement")
    for kind, pk in jobs:
        if kind == "errand":
            assert rig.provider.made_for(pk) == 1
    assert rig.provider.violations == []


def nothing_left(rig: Rig) -> None:
    """No program of ours runs on for nobody."""
    left = (rig.programs("ffmpeg"), rig.readers())
    rig.until(
        lambda: not rig.programs("ffmpeg") and not rig.readers(), f"ffmpeg and readers have ended: {left}", 5
    )
