"""What a person does to clips after the first sight of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests import pictures
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
    expect(page.get_by_label("How should this photo move?")).to_be_focused()
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


# What moved by itself, and how much.
SHIFTS = """
    window.shifts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput)
        for (const { node } of entry.sources)
          window.shifts.push(`${entry.value.toFixed(4)} ${node?.nodeName} ${node?.className}`);
    }).observe({ type: "layout-shift", buffered: true });
"""


def boxes(page: Page) -> Locator:
    """Of the cards that can be seen."""
    return page.get_by_role("checkbox", name=re.compile("^Choose "))


def both_themes(page: Page) -> list[str]:
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        # A colour on its way to another one is not what people read.
        page.wait_for_function("() => document.getAnimations().every(each => each.playState !== 'running')")
        found += [
            f"{scheme}: {each['id']}: {node['html']}"
            for each in Axe().run(page).response["violations"]
            for node in each["nodes"]
        ]
    return found


def test_chooses_several_clips_by_hand_and_by_keys_and_takes_everything_back(
    page: Page, tmp_path: Path
) -> None:
    page.add_init_script(SHIFTS)
    sign_up(page, "several@example.org")
    begin(page, "Several")
    drop(page, [pictures.jpeg(tmp_path / f"{number}.jpg", seed=number) for number in (1, 2, 3, 4)])
    wait_until_ready(page, 4)
    bar = page.get_by_role("group", name="The chosen clips")
    expect(bar).to_be_hidden()
    page.evaluate("window.shifts = []")

    boxes(page).nth(0).check()
    boxes(page).nth(2).click(modifiers=["Shift"])
    expect(bar).to_contain_text("3 chosen")
    expect(bar.get_by_role("button", name="Not in the film")).to_be_disabled()
    assert both_themes(page) == []
    bar.get_by_role("button", name="Approve").click()
    expect(page.locator(".clip[data-approved=true]")).to_have_count(3)
    expect(bar).to_be_hidden()
    expect(boxes(page).nth(0)).to_be_focused()
    assert page.evaluate("window.shifts") == []

    page.keyboard.press("Control+a")
    expect(bar).to_contain_text("4 chosen")
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    boxes(page).nth(1).focus()
    page.keyboard.press("Space")
    boxes(page).nth(3).focus()
    page.keyboard.press("Shift+Space")
    expect(bar).to_contain_text("3 chosen")
    before = names(page)
    bar.get_by_role("button", name="Remove").press("Enter")
    expect(clips(page)).to_have_count(1)
    removed = page.locator("undo-toast", has_text="3 clips are removed.")
    removed.get_by_role("button", name="Undo").click()
    expect(clips(page)).to_have_count(4)
    expect(removed).to_have_count(0)
    assert names(page) == before

    takes_away = page.get_by_role("button", name=re.compile("^Remove .*jpg"))
    second, third = (takes_away.nth(place).get_attribute("id") for place in (1, 2))
    takes_away.nth(1).press("Enter")
    expect(clips(page)).to_have_count(3)
    expect(page.locator(f"#{third}")).to_be_focused()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(clips(page)).to_have_count(4)
    expect(page.locator(f"#{second}")).to_be_focused()
    assert names(page) == before

    page.get_by_text("Order", exact=True).click()
    page.get_by_role("button", name="Shuffle").click()
    shuffled = page.locator("undo-toast", has_text="The clips are shuffled.")
    expect(shuffled).to_be_visible()
    assert sorted(names(page)) == sorted(before) != names(page)
    with page.expect_response(re.compile("/clips/order/$")):
        shuffled.get_by_role("button", name="Undo").click()
    expect(shuffled).to_have_count(0)
    assert names(page) == before

    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 780})
        boxes(page).nth(0).check()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for button in bar.get_by_role("button").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 44


def test_makes_a_film_of_a_heap_of_photos_in_one_click_and_folds_what_is_alike(
    page: Page, tmp_path: Path
) -> None:
    heap = [pictures.jpeg(tmp_path / f"{number}.jpg", seed=number) for number in (1, 2, 3)]
    heap.append(pictures.jpeg(tmp_path / "2 again.jpg", seed=2, size=(800, 533)))
    sign_up(page, "heap@example.org")
    begin(page, "Our heap")
    drop(page, heap[:2])
    wait_until_ready(page, 2)
    drop(page, heap[3:])
    wait_until_ready(page, 3)
    drop(page, heap[2:3])
    wait_until_ready(page, 4)
    fold = page.get_by_role("button", name=re.compile("^Show 1 more that look like"))
    expect(fold).to_contain_text("2 alike")
    expect(page.locator(".clip:visible")).to_have_count(3)

    page.get_by_role("button", name="Surprise me").click()
    made = page.locator("undo-toast", has_text="A film of 3 clips, about 0:15")
    expect(page.locator(".clip[data-approved=true]:visible")).to_have_count(3)
    fold.click()
    expect(page.locator(".clip:visible")).to_have_count(4)
    expect(fold).to_have_attribute("aria-expanded", "true")
    assert both_themes(page) == []
    fold.click()
    made.get_by_role("link", name="Watch it").click()
    output = page.locator("film-preview output")
    expect(output).to_have_text("0:00 / 0:16")
    expect(page.get_by_label("On the card before the first picture")).to_have_value("Our heap")


def test_compares_two_takes_and_trims_the_one_that_is_used(page: Page, photos: list[Path]) -> None:
    sign_up(page, "compare@example.org")
    begin(page, "Compare")
    drop(page, photos[:1])
    wait_until_ready(page, 1)
    page.get_by_role("button", name="Redo").click()
    page.get_by_label("How should this photo move?").fill("pull back")
    page.get_by_role("button", name="Make another take").click()
    takes = page.locator("a.clip__takes")
    expect(takes).to_have_attribute("aria-label", re.compile(": 2$"))
    wait_until_ready(page, 1)
    takes.click()
    page.get_by_role("link", name="Compare").click()
    together = page.get_by_role("button", name="Pause both")
    expect(together).to_be_focused()
    page.wait_for_function(
        "() => { const [a, b] = document.querySelectorAll('take-compare video');"
        " return a.currentTime > 1 && Math.abs(a.currentTime - b.currentTime) < 0.4; }"
    )
    together.click()
    expect(page.get_by_role("button", name="Play both")).to_be_visible()

    page.get_by_text("Trim", exact=True).click()
    begins, ends = page.get_by_label("Begins at"), page.get_by_label("Ends at")
    begins.fill("45")
    expect(ends).to_have_value("50")
    expect(begins).to_have_value("40")
    begins.fill("12")
    ends.fill("40")
    expect(page.get_by_text("2.8 s stay")).to_be_visible()
    assert both_themes(page) == []
    page.get_by_role("button", name="Save this length").click()
    expect(clips(page)).to_contain_text("2.8 s of 5.0 s")
