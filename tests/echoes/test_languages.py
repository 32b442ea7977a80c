"""Every page in every language: it comes, says everything in it, and what machines read stays as it is."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import CharField, TextField
from django.test import Client

from accounts.models import User
from providers.local import catalogue
from tests import words, world
from tests.e2e import pages
from tests.e2e.pages import Shown

DECIMAL_COMMA = re.compile(r"-?\d+,\d+")
MACHINES = re.compile(r"value|min|max|step|width|height|style|points|d|aria-value(now|min|max)|data-.+")
PHRASE = re.compile(r"[A-Za-z]{2,}[ ,][A-Za-z]{2,}")
DJANGOS = {"staff-user"}  # says much that is Django's own, and not all of it in German
OURS = ("accounts", "billing", "clips", "compiler", "jobs", "library", "notices", "projects", "providers")


class Read(HTMLParser):
    """What somebody reads of a page, and the attributes that only machines read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: set[str] = set()
        self.machines: list[str] = []
        self._silent = 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in words.SILENT
        for name, value in attrs:
            if name in words.READ_ALOUD:
                self.words.add(" ".join((value or "").split()))
            elif MACHINES.fullmatch(name):
                self.machines.append(f"{tag} {name}={value}")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in words.SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.words.add(" ".join(data.split()))


def kept() -> list[str]:
    """What rows hold was said by people, or in their language then. The longest first."""
    found = {entry.title for entry in catalogue.CATALOGUE}
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            for field in model._meta.concrete_fields:
                if isinstance(field, (CharField, TextField)):
                    found.update(model._base_manager.values_list(field.name, flat=True))
    return sorted((text for text in found if text and len(text) > 2), key=len, reverse=True)


def is_english(text: str, names: list[str]) -> bool:
    for name in names:
        text = text.replace(name, "·")
    return PHRASE.search(text) is not None


@pytest.fixture
def made(db: Any) -> dict[str, Any]:
    return world.make()


def read(client: Client, page: Shown, made: dict[str, Any], code: str) -> Read:
    client.cookies.clear()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = code
    if page.who:
        client.cookies[settings.SESSION_COOKIE_NAME] = made["cookies"][page.who]
    answer = client.get(page.path(made), headers={"Host": "localhost"})
    assert answer.status_code == page.status
    assert answer["Content-Language"] == code
    return Read(answer.content.decode())


@pytest.mark.django_db(transaction=True)
def test_every_page_in_every_language(client: Client, made: dict[str, Any], subtests: Any) -> None:
    shown = [page for page in pages.PAGES if not page.act and not page.path(made).startswith("/styleguide/")]
    names = kept()
    english = {page.name: read(client, page, made, "en") for page in shown}
    for code in words.languages():
        User.objects.update(language=code)
        for page in shown:
            with subtests.test(f"{code} {page.name}"):
                found = read(client, page, made, code)
                assert [
                    each for each in found.machines if DECIMAL_COMMA.fullmatch(each.partition("=")[2])
                ] == []
                same = set() if page.name in DJANGOS else found.words & english[page.name].words
                assert [text for text in sorted(same) if is_english(text, names)] == []
