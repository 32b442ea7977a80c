"""The same scenarios with a guard taken away. A twin raises unless the promise is then broken, and puts the
guard back at its end, so that what it left behind is mended.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.chaos import check, crashes, endings, outages
from tests.chaos.facts import OVER, Ref, refs
from tests.chaos.rig import Rig

PATIENCE = 2.0  # seconds past the moment at which the guard would have done its work


def without_rescue(rig: Rig) -> str:
    """The job of a killed worker stays with the dead."""
    with rig.without("rescue"):
        owner = crashes.crash(rig, "claimed")
        [lost] = [ref for ref in rig.jobs_of(owner) if rig.state(ref) == "running"]
        rig.until(lambda: rig.age(lost, "lease_until") > PATIENCE, "the lease has run out")
        assert rig.state(lost) == "running"
    rig.settled(owner)
    check.all_is_well(rig, owner)
    return "a killed worker's job stays running for ever"


def without_reminder(rig: Rig) -> str:
    """A job whose doorbell was not rung is never begun."""
    rig.forget_rings()
    with rig.without("reminder"):
        owner = crashes.crash(rig, "committed-not-rung")
        [lost] = rig.jobs_of(owner)
        _stays_queued(rig, lost)
    rig.settled(owner)
    check.all_is_well(rig, owner)
    return "a job that was not rung for is never begun"


def without_reminder_of_an_outage(rig: Rig) -> str:
    """What was asked for while Redis was away is never begun."""
    rig.forget_rings()
    with rig.without("reminder"):
        asked = outages.asked_without_redis(rig)
        for ref in asked:
            _stays_queued(rig, ref)
    rig.settled()
    return "what was asked for without Redis is never begun"


def without_fence(rig: Rig) -> str:
    """A worker that stood still ends a job that is another's by now."""
    with rig.without("fence"):
        job = crashes.frozen(rig)
        assert rig.state(job) == "succeeded"
    crashes.thaw(rig)
    rig.settled()
    return "a worker without a lease ends another worker's job"


def without_finding_out(rig: Rig) -> str:
    """What the provider had accepted is sent, made and paid for again."""
    with rig.without("finding out"):
        owner = crashes.crash(rig, "accepted-not-written")
        rig.settled(owner)
    [(_, pk)] = rig.jobs_of(owner)
    assert rig.provider.made_for(pk) == 2
    return "the provider makes it twice"


def without_storing_first(rig: Rig) -> str:
    """A row says that its file is there, and it is not."""
    owner: str = rig.ask("person")
    with rig.without("storing first"):
        [ingest, _] = rig.photos(1, owner=owner)
        rig.until(lambda: rig.state(ingest) == "succeeded", "the photo is read")
        rig.kill("media")
    rig.tend()
    rig.settled(owner)
    missing = set(rig.ask("expected_files", owner=owner)) - rig.files(owner)
    assert missing
    return "a photo is in the library, and its files are lost"


def without_counting_first(rig: Rig) -> str:
    """A job that kills its worker does so for ever."""
    [poison] = refs(rig.ask("chores", task="die"))
    with rig.without("counting first"):
        too_often = check.MAX_ATTEMPTS + 1
        rig.until(lambda: rig.row(poison)["runs"] >= too_often, "it has killed too often", tending=True)
    rig.settled()
    return "a job kills workers without end"


def without_listening(rig: Rig) -> str:
    """ffmpeg goes on after its take was cancelled."""
    with rig.without("listening"):
        take = endings.rendering(rig, seconds=60)  # longer than any machine needs to be patient
        rig.ask("cancel", kind=take[0], id=take[1])
        told_at = rig.events(take)[-1]["at"].timestamp()
        rig.until(lambda: rig.now() - told_at > PATIENCE, "it was told long ago")
        assert rig.programs("ffmpeg")
    rig.settled()
    return "ffmpeg goes on for nobody"


def without_health_checks(rig: Rig) -> str:
    """The first question after a restart of Postgres goes to a dead connection."""
    rig.ask("person")
    with rig.without("health checks"):
        rig.servers.start_postgres(port=rig.kill_postgres())
        try:
            rig.ask("person")
        except AssertionError as error:
            assert "OperationalError" in str(error)
        else:
            raise AssertionError("nobody met a dead connection")
    rig.settled()
    return "a page fails after Postgres came back"


def without_draining(rig: Rig) -> str:
    """A deploy costs the work in hand a try, and takes as long as it may."""
    [chore] = refs(rig.ask("chores", task="hold"))
    rig.until(lambda: rig.state(chore) == "running", "it is at work")
    with rig.without("draining"):
        rig.stop("worker")
        assert rig.state(chore) == "running"
    rig.ask("cancel", kind="chore", id=chore[1])
    rig.start("worker")
    rig.settled()
    return "a deploy leaves work to the end of its lease"


def _stays_queued(rig: Rig, ref: Ref) -> None:
    rig.until(lambda: rig.age(ref, "run_after") > 2 * PATIENCE or rig.state(ref) in OVER, "time has passed")
    assert rig.state(ref) == "queued"


TWINS: dict[str, Callable[[Rig], str]] = {
    "rescue": without_rescue,
    "reminder": without_reminder,
    "reminder after an outage": without_reminder_of_an_outage,
    "fence": without_fence,
    "finding out": without_finding_out,
    "storing first": without_storing_first,
    "counting first": without_counting_first,
    "listening": without_listening,
    "health checks": without_health_checks,
    "draining": without_draining,
}
