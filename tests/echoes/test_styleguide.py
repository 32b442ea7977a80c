"""The styleguide shows the real templates, asks the database for nothing, and its colours can be read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as conf
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.urls import reverse

from echoes.styleguide import madeup, samples, tokens, views
from tests import cast

HOME: Path = conf.ROOT / "templates"
# Of these a page has one, and the styleguide's own frame has it; or they are no component.
FRAME = {
    "_languages.html",
    "_theme.html",
    "_header.html",
    "_icons.html",
    "_importmap.html",
    "_preloads.html",
    "_styles.html",
    "_work.html",
    "_message.html",
}
# They stand where scripts or a list of several pages put them: the screens show them.
ELSEWHERE = {"_tray.html", "_pages.html", "_simulated.html"}


class Silent(BaseStorage):
    def _get(self, *args: Any, **kwargs: Any) -> Any:
        return [], True

    def _store(self, *args: Any, **kwargs: Any) -> Any:
        return []


@pytest.fixture
def request_(settings: Any) -> HttpRequest:
    """Of somebody who is signed out, while Echoes is developed; there is no database behind it."""
    settings.DEBUG = True
    made = RequestFactory().get("/styleguide/")
    made.user = AnonymousUser()
    made._messages = Silent(made)
    return made


def page(request: HttpRequest) -> str:
    return views.index(request).content.decode()


class TestIndex:
    def test_shows_every_state_of_a_clip_in_both_themes(self, request_: HttpRequest) -> None:
        text = page(request_)
        for theme in tokens.THEMES:
            assert text.count(f'<div class="guide__side" data-theme="{theme}"') == len(views.TWICE) + 1
        for state, number in {"draft": 3, "generating": 2, "error": 2, "ready": 6}.items():
            assert len(re.findall(rf'<article class="clip"[^>]*data-state="{state}"', text)) == 2 * number

    def test_has_no_id_twice(self, request_: HttpRequest) -> None:
        ids = re.findall(r'\sid="([^"]+)"', page(request_))
        assert sorted({each for each in ids if ids.count(each) > 1}) == []

    def test_includes_every_component_of_ui(self) -> None:
        included = "".join(path.read_text() for path in HOME.rglob("*.html") if path.parent.name != "ui")
        shown = set(re.findall(r'include "ui/(_\w+\.html)"', _followed("styleguide/index.html")))
        there = {path.name for path in (HOME / "ui").glob("_*.html")}
        assert there - FRAME - ELSEWHERE <= shown
        assert all(name in included or name in FRAME for name in there if name != "_field.html")

    def test_is_for_nobody_else(self, settings: Any) -> None:
        settings.DEBUG = False
        made = RequestFactory().get("/styleguide/")
        made.user = AnonymousUser()
        answer = views.index(made)
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/styleguide/")


@pytest.fixture
def robins(db: Any) -> Client:
    """The browser of somebody of the staff."""
    client = Client()
    client.force_login(cast.robin())
    return client


@pytest.mark.django_db
class TestDoor:
    def test_is_open_to_staff(self, robins: Client) -> None:
        assert robins.get(reverse("styleguide")).status_code == 200

    @pytest.mark.parametrize(("name", "status"), views.ERRORS.items())
    def test_shows_the_page_of_an_error_with_its_status(self, robins: Client, name: str, status: int) -> None:
        answer = robins.get(reverse("styleguide_error", args=[name]))
        assert (answer.status_code, "<h1>" in answer.text) == (status, True)

    def test_has_no_page_of_an_error_that_there_is_not(self, robins: Client) -> None:
        assert robins.get(reverse("styleguide_error", args=["418"])).status_code == 404


class TestColours:
    @pytest.mark.parametrize("theme", tokens.THEMES)
    def test_can_be_read(self, theme: str) -> None:
        faint = [pair for pair in tokens.pairs(tokens.declared(), theme) if not pair.is_enough]
        assert faint == []

    def test_differ_as_white_from_black(self) -> None:
        assert tokens.contrast("oklch(100% 0 0)", "oklch(0% 0 0)") == pytest.approx(21, abs=0.01)

    def test_follow_names_and_the_theme(self) -> None:
        found = tokens.declared()
        assert tokens.value(found, "page", "light") == "oklch(98.4% 0.003 85)"
        assert tokens.value(found, "page", "dark") == "oklch(15% 0.005 70)"
        assert "accent" in tokens.meanings(found)
        assert "ink-1" not in tokens.meanings(found)

    def test_are_no_lengths(self) -> None:
        with pytest.raises(tokens.NotAColour):
            tokens.contrast("1rem", "oklch(0% 0 0)")


def test_what_nobody_thought_of_is_empty() -> None:
    made = madeup.of(tokens.Pair, front="text")
    assert (made.front, made.back, made.ratio) == ("text", "", 0.0)


def test_every_icon_is_shown() -> None:
    assert {"play", "brand"} <= set(samples.icons())


def _followed(name: str, seen: tuple[str, ...] = ()) -> str:
    """A template with all that it includes by name, and what the styleguide includes by its list."""
    text = (HOME / name).read_text()
    get_template(name)
    names = re.findall(r'\{% include "([^"]+)"', text)
    if name.endswith("styleguide/index.html"):
        names += [f"styleguide/_{part}.html" for part, _ in views.TWICE]
    return text + "".join(_followed(each, (*seen, name)) for each in names if each not in seen)
