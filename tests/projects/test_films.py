from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests import factories

pytestmark = pytest.mark.django_db


class TestProjectFilms:
    def test_are_a_part_of_the_page_and_not_all_of_it(self, alice: User, alices: Client) -> None:
        address = reverse("projects:films", args=[factories.project(by=alice).pk])
        part = alices.get(address, headers={"HX-Request": "true"}).content.decode().strip()
        assert part.startswith('<div id="films-made"')
        assert f'hx-get="{address}"' in part
        assert "<html" not in part

    def test_lead_to_the_page_without_script(self, alice: User, alices: Client) -> None:
        project = factories.project(by=alice)
        answer = alices.get(reverse("projects:films", args=[project.pk]))
        assert answer["Location"] == reverse("projects:show", args=[project.pk])
