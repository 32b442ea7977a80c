"""What a person does to clips after the first sight of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_first_film import begin, clips, drop, names, sign_up, wait_until_ready

pytestmark = pytest.mark.e2e


def test_redoes_a_clip_in_other_words_and_goes_back_to_the_earlier_take(
    page: Page, photos: list[Path]
) -> None:
    sign_up(page, "redo@example.org")
    begin(page, "Redo")
    drop(page, photos[:1])
    wait_until_ready(page, 1)
    page.get_by_role("button", name="Redo").click()
    page.get_by_label("How should this photo move?").fill("pull back")
    page.get_by_role("button", name="Make another take").click()
    takes = page.locator("a.clip__takes")
    expect(takes).to_have_attribute("aria-label", re.compile(": 2$"))
    wait_until_ready(page, 1)
    takes.click()
    expect(page.get_by_text("“pull back”")).to_be_visible()
    page.get_by_role("button", name="Use this take").click()
    takes.click()
    first = page.locator(".take", has_text="Take 1")
    expect(first).to_have_attribute("data-chosen", "true")


def test_reorders_with_the_keyboard_alone(page: Page, photos: list[Path]) -> None:
    sign_up(page, "keys@example.org")
    begin(page, "Keys")
    drop(page, photos[:3])
    wait_until_ready(page, 3)
    before = names(page)
    page.locator(".clip__handle").first.focus()
    with page.expect_response(lambda answer: answer.url.endswith("/move/")):
        page.keyboard.press("End")
    expect(clips(page).nth(2)).to_have_attribute("aria-label", re.compile(re.escape(before[0])))
    page.reload()
    assert names(page) == [*before[1:], before[0]]


def test_previews_the_whole_film_with_its_title(page: Page, photos: list[Path]) -> None:
    sign_up(page, "preview@example.org")
    begin(page, "Preview")
    drop(page, photos[:2])
    wait_until_ready(page, 2)
    page.get_by_role("button", name="Approve all").click()
    expect(page.locator(".clip[data-approved=true]")).to_have_count(2)
    page.get_by_role("link", name="Music and finish").click()
    output = page.locator("film-preview output")
    expect(output).to_have_text("0:00 / 0:09")
    page.get_by_label("On the card before the first picture").fill("Our day")
    expect(output).to_have_text("0:00 / 0:12")
    page.get_by_role("button", name="Play the preview").click()
    expect(output).to_have_text(re.compile("^0:1[12] / 0:12"), timeout=40_000)
    expect(page.locator("film-preview")).to_have_attribute(
        "data-state", re.compile("paused|ended"), timeout=20_000
    )
