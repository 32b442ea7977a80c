from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from echoes.kernel import clock
from library import quota, uploads
from library.models import Ingest, Kind, Ticket
from tests import factories, pictures

pytestmark = pytest.mark.django_db(transaction=True)

MIB = 1024 * 1024
GIB = 1024 * MIB


def start(by: User, *, size: int = 1000, kind: str = Kind.PHOTO, now: datetime | None = None) -> Ticket:
    ticket, _ = uploads.start(
        name="a.jpg", size=size, content_type="image/jpeg", kind=kind, by=by, now=now or clock.now()
    )
    return ticket


def at_once(number: int, work: Callable[[], Any]) -> list[Any]:
    """What each of so many threads got, or the code of its refusal."""

    def one(_: int) -> Any:
        try:
            return work()
        except uploads.Refused as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


class TestUse:
    def test_is_what_is_kept_and_what_may_come(self, alice: User, bob: User, tmp_path: Path) -> None:
        photo = factories.photo(tmp_path, by=alice)
        start(alice, size=300)
        start(alice, size=40 * MIB)
        start(bob, size=7)
        assert quota.use(alice) == quota.Use(kept=photo.size, coming=300 + 40 * MIB, uploads=2)

    def test_counts_what_arrived_and_is_not_read_yet(self, alice: User, tmp_path: Path) -> None:
        path = pictures.jpeg(tmp_path / "a.jpg")
        factories.arrived(path, by=alice)
        assert quota.use(alice) == quota.Use(kept=0, coming=path.stat().st_size, uploads=1)
        factories.drain()
        assert quota.use(alice) == quota.Use(kept=path.stat().st_size, coming=0, uploads=0)

    def test_counts_no_file_that_could_not_be_used(self, alice: User, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").write_bytes(b"I am no photo at all")
        factories.arrived(tmp_path / "a.jpg", by=alice)
        factories.drain()
        assert quota.use(alice) == quota.Use(kept=0, coming=0, uploads=0)

    def test_is_one_query_however_much_it_is(
        self, alice: User, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _ in range(3):
            start(alice)
        with django_assert_num_queries(1):
            assert quota.use(alice).uploads == 3

    def test_of_nothing_is_nothing(self, alice: User, settings: Any) -> None:
        settings.STORAGE_QUOTA_BYTES = 10
        assert quota.use(alice).left == 10


class TestRoom:
    def test_that_is_too_small_says_how_much_there_is(self, alice: User, settings: Any) -> None:
        settings.STORAGE_QUOTA_BYTES = 10 * MIB
        start(alice, size=8 * MIB)
        with pytest.raises(uploads.Refused) as refused:
            start(alice, size=3 * MIB)
        assert refused.value.code == "no_room"
        assert str(refused.value) == "Your storage of 10 MB has room for 2 MB more, and this file has 3 MB."
        start(alice, size=2 * MIB)
        with pytest.raises(uploads.Refused, match="Your storage of 10 MB is full"):
            start(alice, size=1)

    def test_is_there_again_when_an_upload_is_given_up(self, alice: User, settings: Any) -> None:
        settings.STORAGE_QUOTA_BYTES = 50 * MIB
        first = start(alice, size=40 * MIB, kind=Kind.VIDEO)
        uploads.give_up(ticket=first, now=clock.now())
        start(alice, size=40 * MIB, kind=Kind.VIDEO)

    def test_is_for_each_person(self, alice: User, bob: User, settings: Any) -> None:
        settings.STORAGE_QUOTA_BYTES = 1000
        start(alice)
        start(bob)

    def test_is_taken_by_nothing_that_could_not_begin(
        self, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: Any, **__: Any) -> str:
            raise OSError("the bucket is gone")

        monkeypatch.setattr("echoes.kernel.storage.local.LocalStorage.create_multipart", fail)
        with pytest.raises(OSError, match="the bucket is gone"):
            start(alice, size=40 * MIB, kind=Kind.VIDEO)
        assert quota.use(alice) == quota.Use(kept=0, coming=0, uploads=0)

    def test_holds_for_files_of_this_machine(self, alice: User, tmp_path: Path, settings: Any) -> None:
        settings.STORAGE_QUOTA_BYTES = 10
        with pytest.raises(uploads.Refused, match="this file has"):
            factories.arrived(pictures.jpeg(tmp_path / "a.jpg"), by=alice)
        assert not Ingest.objects.exists()


class TestManyAtOnce:
    def test_get_no_more_than_there_is_room(self, alice: User, settings: Any) -> None:
        settings.STORAGE_QUOTA_BYTES = 10_999
        got = at_once(50, lambda: start(alice))
        assert (Ticket.objects.count(), got.count("no_room")) == (10, 40)

    def test_get_no_more_tickets_than_may_be_open(self, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(uploads, "MAX_OPEN_TICKETS", 7)
        got = at_once(50, lambda: start(alice))
        assert (Ticket.objects.count(), got.count("too_many")) == (7, 43)

    def test_would_get_more_if_nobody_was_held(
        self, alice: User, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """So the tests above can fail: without the lock all count before anybody writes."""
        settings.STORAGE_QUOTA_BYTES = 1_999
        all_have_counted = threading.Barrier(8)
        use = quota.use

        def counted(by: Any) -> quota.Use:
            found = use(by)
            all_have_counted.wait(timeout=30)
            return found

        monkeypatch.setattr(quota, "hold", lambda by: None)
        monkeypatch.setattr(quota, "use", counted)
        at_once(8, lambda: start(alice))
        assert Ticket.objects.count() == 8

    def test_are_given_one_end(self, alice: User, tmp_path: Path) -> None:
        """Of completing and giving up at the same moment one wins, and nothing is left in between."""
        path = pictures.jpeg(tmp_path / "a.jpg")
        for _ in range(5):
            ticket = start(alice, size=path.stat().st_size)
            uploads.storages.get("photos").put(ticket.key, path)
            begin = threading.Barrier(2)

            def complete(ticket: Ticket = ticket, begin: threading.Barrier = begin) -> str:
                begin.wait(timeout=30)
                try:
                    uploads.complete(ticket=ticket, by=alice, now=clock.now())
                except (uploads.Ended, uploads.NotArrived):
                    return "ended"
                finally:
                    connection.close()
                return "complete"

            def give_up(ticket: Ticket = ticket, begin: threading.Barrier = begin) -> str:
                begin.wait(timeout=30)
                try:
                    uploads.give_up(ticket=ticket, now=clock.now())
                except uploads.Refused as refusal:
                    return refusal.code
                finally:
                    connection.close()
                return "given up"

            with ThreadPoolExecutor(2) as pool:
                ends = {pool.submit(complete).result, pool.submit(give_up).result}
                assert {end() for end in ends} in ({"complete", "arrived"}, {"ended", "given up"})


class TestAmount:
    @pytest.mark.parametrize(
        ("size", "words"),
        [(512, "0.5 KB"), (1024, "1 KB"), (64 * MIB, "64 MB"), (int(1.26 * GIB), "1.3 GB"), (5 * GIB, "5 GB"),
         (5120 * GIB, "5120 GB")],
    )  # fmt: skip
    def test_is_said_in_words(self, size: int, words: str) -> None:
        assert quota.amount(size) == words
