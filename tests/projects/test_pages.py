from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from projects.models import Project
from projects.projects import clean_title
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


class TestDashboard:
    def test_takes_the_same_number_of_queries_for_one_as_for_fifty(self, alice: User, alices: Client) -> None:
        counts = []
        for number in (1, 49):
            for _ in range(number):
                factories.project(by=alice)
            with CaptureQueriesContext(connection) as captured:
                assert alices.get(reverse("projects:dashboard")).status_code == 200
            counts.append(len(captured))
        assert counts[0] == counts[1]
        assert counts[0] <= 12

    def test_shows_nothing_of_others(self, bob: User, alices: Client) -> None:
        factories.project(by=bob, title="Bob's secret")
        assert b"secret" not in alices.get(reverse("projects:dashboard")).content

    def test_shows_where_each_film_stands(self, alice: User, alices: Client, tmp_path: Path) -> None:
        factories.approved(tmp_path, project=factories.project(by=alice, title="Lake"), seeds=[1])
        page = alices.get(reverse("projects:dashboard")).content.decode()
        assert "Lake" in page
        assert "Ready for the film" in page


class TestCreate:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("", "Untitled film"),
            ("  two\n lines ", "two lines"),
            ("שלום 🎬", "שלום 🎬"),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ],
    )
    def test_takes_any_title(self, alices: Client, typed: str, kept: str) -> None:
        response = alices.post(reverse("projects:create"), {"title": typed, "aspect": "9:16"})
        project = Project.objects.get()
        assert (response.status_code, project.title, project.aspect) == (302, kept, "9:16")
        page = alices.get(response["Location"])
        assert page.status_code == 200
        assert b"<script>alert" not in page.content

    def test_shortens_a_title_of_ten_thousand_characters(self) -> None:
        assert len(clean_title("x" * 10_000)) == 120

    def test_survives_a_shape_that_does_not_exist(self, alices: Client) -> None:
        alices.post(reverse("projects:create"), {"title": "a", "aspect": "7:3"})
        assert Project.objects.get().aspect == "16:9"


class TestDelete:
    def test_can_be_undone(self, alice: User, alices: Client) -> None:
        project = factories.project(by=alice)
        alices.post(reverse("projects:delete", args=[project.pk]))
        assert alices.get(reverse("projects:show", args=[project.pk])).status_code == 404
        alices.post(reverse("projects:restore", args=[project.pk]))
        assert alices.get(reverse("projects:show", args=[project.pk])).status_code == 200


class TestPagesOfAFilm:
    def test_open_in_every_state(self, alice: User, alices: Client, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        for name in ("projects:show", "compiler:finish"):
            assert alices.get(reverse(name, args=[project.pk])).status_code == 200
        film = factories.film(tmp_path, project=project)
        for name in ("projects:show", "compiler:finish"):
            assert alices.get(reverse(name, args=[project.pk])).status_code == 200
        page = alices.get(reverse("compiler:film", args=[film.pk]))
        assert b"Download" in page.content

    def test_refuse_to_make_a_film_of_nothing_with_a_sentence(self, alice: User, alices: Client) -> None:
        project = factories.project(by=alice)
        address = reverse("compiler:finish", args=[project.pk])
        choices = {"transition": "fade", "transition_seconds": "0.5", "volume": 50, "make": 1}
        page = alices.post(address, choices, follow=True, headers={"Referer": f"http://testserver{address}"})
        assert "No clip is approved yet" in page.content.decode()
