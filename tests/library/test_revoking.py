from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from compiler import films
from compiler.models import Film
from echoes.kernel import clock
from echoes.kernel.storage import base as storages
from jobs.states import State
from library import delivery, reconciling, revoking
from library.models import Asset
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


class TestRevoke:
    def test_kills_the_links_that_were_given_and_gives_new_ones(
        self, alice: User, charlies: Client, tmp_path: Path
    ) -> None:
        asset = factories.photo(tmp_path, by=alice)
        old = delivery.url_for("photos", asset.original, now=clock.now())
        assert charlies.get(old).status_code == 200
        call_command("media_revoke", f"https://films.example.org{old}", stdout=io.StringIO())
        assert charlies.get(old).status_code == 404
        asset.refresh_from_db()
        assert charlies.get(delivery.url_for("photos", asset.original, now=clock.now())).status_code == 200
        assert not reconciling.compare(alice.pk, now=clock.now()).missing

    def test_leaves_films_that_can_be_made_as_before(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice, seconds=1)
        (clip,) = factories.approved(tmp_path, project=project, seeds=(1,))
        (film,) = films.make(project=project, by=alice, now=clock.now())
        assert clip.chosen
        for key in (clip.chosen.key, Asset.objects.get().working):
            revoking.revoke(storage="photos", key=key)
        factories.drain()
        film.refresh_from_db()
        assert film.state == State.SUCCEEDED, film.error_detail
        moved = revoking.revoke(storage="films", key=film.key)
        assert Film.objects.get().key == moved
        assert storages.get("films").exists(moved)

    @pytest.mark.parametrize(
        "link",
        [
            "",
            "https://example.org/",
            "/media/photos/catalogue/x.jpg",
            "/media/photos/1/assets/x/none.jpg?s=1",
        ],
    )
    def test_of_nothing_says_so(self, db: Any, link: str) -> None:
        with pytest.raises(CommandError, match="leads to nothing"):
            call_command("media_revoke", link)

    def test_finishes_what_a_crash_has_left(self, alice: User, tmp_path: Path) -> None:
        """The row has the new key, and the old object is still there."""
        asset = factories.photo(tmp_path, by=alice)
        store = storages.get("photos")
        old = asset.thumbnail.replace("thumbnail", "old")
        store.copy(asset.thumbnail, old)
        assert revoking.revoke(storage="photos", key=old) == ""
        assert not store.exists(old)
        assert store.exists(asset.thumbnail)

    @pytest.mark.parametrize(
        "link",
        [
            "https://bucket.s3.eu-central-1.amazonaws.com/photos/7/assets/a%20b/original.jpg?X-Amz-Date=1",
            "http://127.0.0.1:8333/bucket/photos/7/assets/a%20b/original.jpg",
            "https://d111.cloudfront.net/photos/7/assets/a%20b/original.jpg?Expires=1",
        ],
    )
    def test_understands_links_of_every_store(self, link: str) -> None:
        assert revoking.place(link) == ("photos", "7/assets/a b/original.jpg")
