from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from echoes.kernel import clock
from jobs import lifecycle, overview
from jobs.models import JobEvent, ServiceState
from tests.jobs.made import asked, failed, queued, running, said, succeeded, text
from tests.lab.models import Chore, Errand

pytestmark = pytest.mark.django_db(transaction=True)


class TestOverview:
    def test_counts_what_is_due_waits_and_runs(self, alice: User) -> None:
        now = clock.now()
        queued(alice)
        running(alice)
        lifecycle.park(running(alice), until=now + timedelta(hours=1), now=now)
        lifecycle.park(running(alice), on=[queued(alice)], now=now)
        quick = self._queue("quick")
        assert (quick.due, quick.waiting, quick.running) == (2, 2, 1)
        assert self._queue("media").due == 0

    def test_says_how_long_the_oldest_has_been_due(self, alice: User) -> None:
        job = queued(alice)
        queued(alice)
        assert self._queue("quick").oldest_due_at == job.run_after

    def test_counts_what_ended_each_minute(self, alice: User) -> None:
        for job in (succeeded(alice), failed(alice), succeeded(alice)):
            lifecycle.tell(job, note="a word after the end ends nothing")
        JobEvent.objects.filter(new="failed").update(at=clock.now() - timedelta(minutes=30))
        JobEvent.objects.filter(job_id=job.pk).update(at=clock.now() - timedelta(hours=2))
        quick = self._queue("quick")
        assert (quick.rate_now, quick.rate_hour) == (1 / 10, 2 / 60)

    def test_counts_a_job_in_the_queue_where_it_ended(self, alice: User) -> None:
        job = lifecycle.step(running(alice), queue="media", now=clock.now())
        lifecycle.succeed(lifecycle.claim(job, now=clock.now()), now=clock.now())
        assert (self._queue("media").rate_now, self._queue("quick").rate_now) == (0.1, 0)

    def test_counts_failures_by_their_code(self, alice: User, robins: Client) -> None:
        failed(alice)
        failed(alice)
        lifecycle.retry(failed(alice), by=alice, now=clock.now())
        old = failed(alice)
        JobEvent.objects.filter(job_id=old.pk).update(at=clock.now() - timedelta(hours=25))
        Chore.objects.filter(pk=old.pk).update(finished_at=clock.now() - timedelta(hours=25))
        lines = overview.failure_lines(now=clock.now())
        assert [(line.kind, line.code, line.jobs) for line in lines] == [
            ("chore", "broken", 2),
            ("chore", "", 1),
        ]
        page = text(robins.get(reverse("jobs:overview")))
        link = "?state=failed&amp;kind=chore&amp;code=broken&amp;ended=day"
        assert link in page
        listed = text(robins.get(reverse("jobs:all") + link.replace("&amp;", "&")))
        assert listed.count('data-state="failed"') == 2

    def test_does_not_call_due_what_a_resting_provider_must_do(self, alice: User) -> None:
        lifecycle.enqueue(Errand(owner=alice, service="lab"))
        ServiceState.objects.create(name="lab", resting_until=clock.now() + timedelta(minutes=1), failures=5)
        quick = self._queue("quick")
        assert (quick.due, quick.waiting) == (0, 1)

    def test_says_how_each_provider_stands(self, alice: User, robins: Client) -> None:
        asked(alice, poll_in=60)
        lifecycle.enqueue(Errand(owner=alice, service="lab"))
        state = ServiceState.objects.create(name="lab", limit=7)
        assert "works 1 of 7 1" in said(robins.get(reverse("jobs:overview")))
        state.failures, state.resting_until = 6, clock.now() + timedelta(minutes=1)
        state.save()
        assert "6 failures in a row" in said(robins.get(reverse("jobs:overview")))
        state.resting_until = None
        state.save()
        assert "tries whether it is well again" in said(robins.get(reverse("jobs:overview")))
        state.switched_off = True
        state.save()
        assert "switched off by staff" in said(robins.get(reverse("jobs:overview")))

    def test_still_shows_a_provider_that_is_no_longer_connected(self, robins: Client) -> None:
        ServiceState.objects.create(name="former", note="gone")
        assert "former" in said(robins.get(reverse("jobs:overview")))

    def test_has_no_alarm_while_nothing_is_overdue(self, alice: User, robins: Client) -> None:
        queued(alice)
        running(alice)
        asked(alice, poll_in=60)
        assert self._alarms() == []
        assert "Nothing is overdue." in said(robins.get(reverse("jobs:overview")))

    def test_asks_whether_a_worker_is_up_when_nobody_takes_a_job(
        self, alice: User, wait: Callable[[float], None]
    ) -> None:
        queued(alice)
        wait(300)
        assert self._alarms() == [
            "The oldest due job of quick has waited 5 min and none is running: is a worker of this queue up?"
        ]

    def test_says_that_workers_are_full_when_others_run(
        self, alice: User, wait: Callable[[float], None]
    ) -> None:
        job = running(alice)
        queued(alice)
        wait(45)
        lifecycle.extend(job, now=clock.now())
        [alarm] = self._alarms()
        assert "1 running: the workers are full" in alarm

    def test_asks_whether_the_clock_runs_when_nobody_rescues(
        self, alice: User, wait: Callable[[float], None]
    ) -> None:
        running(alice)
        wait(lifecycle.LEASE.total_seconds() + 31)
        [alarm] = self._alarms()
        assert "The lease of 1 running job ran out" in alarm
        assert "is the clock running?" in alarm

    def test_asks_whether_the_clock_runs_when_no_provider_is_asked(
        self, alice: User, wait: Callable[[float], None]
    ) -> None:
        asked(alice, poll_in=0)
        wait(90)
        assert self._alarms() == ["A provider should have been asked 90 s ago: is the clock running?"]
        ServiceState.objects.create(name="lab", resting_until=clock.now() + timedelta(minutes=1))
        assert self._alarms() == []

    def _queue(self, name: str) -> overview.QueueLine:
        return next(line for line in overview.queue_lines(now=clock.now()) if line.name == name)

    def _alarms(self) -> list[str]:
        return overview.overview(now=clock.now()).alarms
