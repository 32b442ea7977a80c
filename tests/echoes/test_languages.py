"""Every page in every language: it comes, says everything in it, and what machines read stays as it is."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from tests import words, world
from tests.e2e import pages
from tests.e2e.pages import Shown

DECIMAL_COMMA = re.compile(r"-?\d+,\d+")
MACHINES = re.compile(r"value|min|max|step|width|height|style|points|d|aria-value(now|min|max)|data-.+")
PHRASE = re.compile(r"[A-Za-z]{2,}[ ,][A-Za-z]{2,}")
# What people and machines have called something is the same in every language.
NAMES = re.compile(
    "|".join(
        re.escape(title)
        for title in (*world.FULL, "A week outdoors", "At the lake", "Nothing yet", "No clip yet")
    )
    + r"|\.jpg|@example\.org|A present|Echoes"
)


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
    english = {page.name: read(client, page, made, "en") for page in shown}
    for code in words.languages():
        User.objects.update(language=code)
        for page in shown:
            with subtests.test(f"{code} {page.name}"):
                found = read(client, page, made, code)
                assert [
                    each for each in found.machines if DECIMAL_COMMA.fullmatch(each.partition("=")[2])
                ] == []
                same = found.words & english[page.name].words
                assert [text for text in sorted(same) if PHRASE.search(text) and not NAMES.search(text)] == []
