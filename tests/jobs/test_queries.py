from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from echoes.kernel import clock
from jobs import admission, lifecycle, queries
from jobs.models import Job, JobEvent, ServiceState
from tests import factories
from tests.jobs.made import HOSTILE, address, asked, failed, queued, running, said, succeeded, text
from tests.lab.models import Chore, Errand

pytestmark = pytest.mark.django_db(transaction=True)


class TestList:
    def test_has_every_kind_and_the_newest_first(self, alice: User) -> None:
        made = [queued(alice), lifecycle.enqueue(Errand(owner=alice, service="lab")), failed(alice)]
        lines = queries.jobs_page({}, now=clock.now()).lines
        assert [(line.kind, line.id) for line in lines] == [(job.kind, job.pk) for job in reversed(made)]

    @pytest.mark.parametrize(
        "wanted",
        [
            {"state": "failed"},
            {"kind": "errand"},
            {"queue": "media"},
            {"code": "broken"},
            {"service": "lab"},
            {"owner": "BOB@"},
            {"ended": "hour"},
        ],
        ids=lambda wanted: next(iter(wanted)),
    )
    def test_can_be_narrowed(self, alice: User, bob: User, robins: Client, wanted: dict[str, str]) -> None:
        queued(alice)
        job = lifecycle.claim(lifecycle.enqueue(Errand(owner=bob, service="lab")), now=clock.now())
        job = lifecycle.claim(lifecycle.step(job, queue="media", now=clock.now()), now=clock.now())
        lifecycle.fail(job, code="broken", message="It broke.", now=clock.now())
        page = text(robins.get(reverse("jobs:all"), wanted))
        assert address("show", job) in page
        assert page.count("/admin/jobs/chore/") == 0

    def test_finds_a_job_by_the_beginning_of_its_id(self, alice: User, robins: Client) -> None:
        one, other = queued(alice), queued(alice)
        for asked_for in (str(one.pk), str(one.pk)[:10].upper(), one.pk.hex):
            page = text(robins.get(reverse("jobs:all"), {"id": asked_for}))
            assert address("show", one) in page
            assert address("show", other) not in page

    @pytest.mark.parametrize(
        "wanted",
        [
            {"state": "asleep"},
            {"kind": HOSTILE},
            {"queue": "x"},
            {"ended": "never"},
            {"id": "; DROP TABLE"},
            {"owner": "a\x00b"},
            {"code": "x" * 41},
        ],
        ids=lambda wanted: next(iter(wanted)),
    )
    def test_says_that_it_did_not_understand_a_filter(
        self, alice: User, robins: Client, wanted: dict[str, str]
    ) -> None:
        job = queued(alice)
        page = robins.get(reverse("jobs:all"), wanted)
        assert "This filter is left out." in said(page)
        assert address("show", job) in text(page)

    @pytest.mark.parametrize(
        "before",
        ["x", "2026-01-01 x", f"2026-01-01T00:00:00 {UUID(int=1)}", f"9999999 {UUID(int=1)}", "\x00"],
    )
    def test_begins_at_the_beginning_for_a_key_that_is_none(
        self, alice: User, robins: Client, before: str
    ) -> None:
        page = robins.get(reverse("jobs:all"), {"before": before, "unknown": "1"})
        assert page.status_code == 200
        assert address("show", queued(alice)) in text(robins.get(reverse("jobs:all"), {"before": before}))

    def test_goes_on_where_it_stopped_whatever_comes_in_between(
        self, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(queries, "PAGE", 3)
        made = [queued(alice) if number % 2 else failed(alice) for number in range(8)]
        found, key = [], ""
        while True:
            page = queries.jobs_page({}, before=key, now=clock.now())
            found += [line.id for line in page.lines]
            queued(alice)
            if not page.older:
                break
            key = page.older
        assert found == [job.pk for job in reversed(made)]

    def test_keeps_its_filters_on_the_next_page(
        self, alice: User, robins: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(queries, "PAGE", 1)
        for _ in range(2):
            failed(alice)
            queued(alice)
        page = text(robins.get(reverse("jobs:all"), {"state": "failed"}))
        older = re.search(r'href="(\?state=failed&amp;before=[^"]+)"', page)
        assert older
        following = text(robins.get(reverse("jobs:all") + older[1].replace("&amp;", "&")))
        assert following.count('data-state="failed"') == 1
        assert 'data-state="queued"' not in following


class TestJobPage:
    def why(self, client: Client, job: Job) -> str:
        return said(client.get(address("show", job)))

    def test_says_how_many_are_before_it(self, alice: User, bob: User, robins: Client) -> None:
        queued(bob)
        queued(bob)
        job = queued(alice)
        assert "Waits in the queue quick behind 2 others." in self.why(robins, job)

    def test_says_that_its_owner_is_at_the_limit(self, alice: User, robins: Client, settings: Any) -> None:
        settings.RUNNING_PER_OWNER = 2
        running(alice)
        running(alice)
        assert "its owner has 2 running, the limit" in self.why(robins, queued(alice))

    def test_says_what_it_waits_for_and_what_waits_for_it(self, alice: User, robins: Client) -> None:
        first, waiter = queued(alice), running(alice)
        lifecycle.park(waiter, on=[first], now=clock.now())
        assert f"Waits for 1 other job: chore {str(first.pk)[:8]} (queued)." in self.why(robins, waiter)
        page = text(robins.get(address("show", first)))
        assert "Waits for this" in page
        assert address("show", waiter) in page

    def test_says_until_when_it_waits(self, alice: User, robins: Client) -> None:
        until = clock.now() + timedelta(hours=30)
        job = lifecycle.park(running(alice), until=until, now=clock.now())
        assert f"Waits until {until:%d %b %Y %H:%M}." in self.why(robins, job)

    def test_says_that_it_runs(self, alice: User, robins: Client) -> None:
        assert "try 1 of 3." in self.why(robins, running(alice))

    def test_says_that_the_provider_is_asked(self, alice: User, robins: Client) -> None:
        assert "Asked lab 4 times; next at " in self.why(robins, asked(alice, poll_in=60))

    def test_says_that_the_provider_rests(self, alice: User, robins: Client) -> None:
        job = lifecycle.enqueue(Errand(owner=alice, service="lab"))
        for _ in range(5):
            admission.failed("lab", now=clock.now(), note="no answer", refused=False)
        assert re.search(r"lab rests until .*, after 5 failures in a row", self.why(robins, job))

    def test_says_that_the_provider_is_switched_off(self, alice: User, robins: Client) -> None:
        ServiceState.objects.create(name="lab", switched_off=True)
        job = lifecycle.enqueue(Errand(owner=alice, service="lab"))
        assert "lab is switched off by staff" in self.why(robins, job)

    def test_says_who_did_what_in_order(self, alice: User, robin: User, robins: Client) -> None:
        job = queued(alice)
        lifecycle.cancel(job, by=robin, now=clock.now())
        facts = queries.job_facts(job, now=clock.now())
        assert [(event.new, event.by) for event in facts.events] == [
            ("queued", "alice@example.org"),
            ("cancelled", "robin@example.org"),
        ]

    def test_shows_the_last_events_of_a_job_with_very_many(
        self, alice: User, robins: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(queries, "EVENTS", 3)
        job = queued(alice)
        for number in range(5):
            lifecycle.tell(job, note=f"look {number}")
        facts = queries.job_facts(job, now=clock.now())
        assert [event.note for event in facts.events] == ["look 2", "look 3", "look 4"]
        assert "There are earlier ones" in said(robins.get(address("show", job)))

    def test_shows_a_job_whose_events_are_no_longer_kept(self, alice: User, robins: Client) -> None:
        job = succeeded(alice)
        JobEvent.objects.all().delete()
        assert "no longer kept" in said(robins.get(address("show", job)))

    def test_escapes_whatever_people_and_errors_say(self, alice: User, robins: Client) -> None:
        User.objects.filter(pk=alice.pk).update(name=HOSTILE)
        job = failed(alice, detail=HOSTILE * 3, digest=HOSTILE)
        Chore.objects.filter(pk=job.pk).update(error_message=HOSTILE)
        ServiceState.objects.create(name="lab", note=HOSTILE)
        for path in (address("show", job), reverse("jobs:all"), reverse("jobs:overview")):
            assert "<script>alert" not in text(robins.get(path))
        events = text(robins.get(reverse("admin:jobs_jobevent_changelist")))
        assert "<script>alert" not in events
        assert "&lt;script&gt;alert" in text(robins.get(address("show", job)))

    def test_shows_a_job_of_every_kind(self, alice: User, robins: Client, tmp_path: Any) -> None:
        factories.film(tmp_path, project=factories.project(by=alice))
        lines = queries.jobs_page({}, now=clock.now()).lines
        assert {line.kind for line in lines} >= {"film", "take", "ingest"}
        for line in lines:
            path = reverse("jobs:show", args=[line.kind, line.id])
            assert robins.get(path).status_code == 200


class TestQueries:
    def test_do_not_grow_with_the_rows(self, alice: User, bob: User, robins: Client) -> None:
        waiter = running(alice)
        few = self._fill(alice, waiter, 1)
        paths = [reverse("jobs:overview"), reverse("jobs:all"), address("show", few), address("show", waiter)]
        before = [self._count(robins, path) for path in paths]
        self._fill(bob, waiter, 49)
        for _ in range(49):
            lifecycle.tell(few, note="again")
            lifecycle.tell(waiter, note="again")
        assert [self._count(robins, path) for path in paths] == before

    def test_are_few(self, alice: User, robins: Client) -> None:
        job = self._fill(alice, running(alice), 1)
        paths = [reverse("jobs:overview"), reverse("jobs:all"), address("show", job)]
        counts = [self._count(robins, path) for path in paths]
        assert counts[1] <= 5
        assert max(counts) <= 18  # with what staff are warned of

    def _fill(self, by: User, waiter: Chore, number: int) -> Chore:
        """Jobs in every state; all that are queued wait for each other's neighbour."""
        for _ in range(number):
            failed(by)
            succeeded(by)
            asked(by, poll_in=60)
            on = queued(by)
            waiting = lifecycle.park(running(by), on=[on], now=clock.now())
        return waiting

    def _count(self, client: Client, path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(path).status_code == 200
        return len(captured)
