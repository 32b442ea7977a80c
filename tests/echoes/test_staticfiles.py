"""What is served in place of what was written says the same."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from echoes import staticfiles, webfonts

STATIC: Path = settings.ROOT / "static"
SCRIPTS = sorted((STATIC / "js").rglob("*.js"))


class TestStyles:
    def test_are_all_that_pages_name_in_their_order(self) -> None:
        text = staticfiles.all_styles()
        assert text.startswith((STATIC / staticfiles.FIRST).read_text())
        named = re.findall(r"css/(\w+)\.css", render_to_string("ui/_styles.html"))
        places = [text.index((STATIC / "css" / f"{name}.css").read_text()) for name in named]
        assert len(named) > 20
        assert places == sorted(places)
        assert text.count("@font-face") == len(webfonts.FACES) + 2  # and their stand-ins

    def test_name_nothing_by_a_place_of_its_own(self) -> None:
        """They are read from another folder than they were written in; the faces lie beside that."""
        assert re.findall(r"url\((?!\"(?:data:|\.\./fonts/))[^)]*\)", staticfiles.all_styles()) == []

    def test_weigh_little(self) -> None:
        assert len(gzip.compress(staticfiles.all_styles().encode())) < 30_000


class TestScripts:
    @pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
    def test_lose_whole_lines_of_comments_and_nothing_else(self, path: Path) -> None:
        whole = path.read_text()
        left = staticfiles.without_comments(whole).splitlines()
        lost = [line for line in whole.splitlines() if line not in left]
        assert [line for line in lost if not re.match(r"\s*(//|/\*\*|\*)", line)] == []
        assert not [line for line in left if re.match(r"\s*(//|\* |/\*\*(?!.*\*/.))", line)]

    def test_keep_what_stands_behind_code(self) -> None:
        text = 'const a = 1; // why\n  /** What. @param {string} b */\n  act("// no comment");\n// gone\n'
        assert staticfiles.without_comments(text) == 'const a = 1; // why\n  act("// no comment");\n'


class TestStorage:
    def test_serves_both_under_names_of_their_own(self, settings: Any, tmp_path: Path) -> None:
        settings.STATIC_ROOT = str(tmp_path)
        storage = staticfiles.Storage(location=str(tmp_path), base_url="/static/")
        given = {"js/element.js": (_Written(), "js/element.js")}
        assert [done for _, done, _ in storage.post_process(given) if isinstance(done, Exception)] == []
        styles, script = (storage.stored_name(name) for name in (staticfiles.ALL_STYLES, "js/element.js"))
        said = re.sub(r"(fonts/\w+)\.[0-9a-f]{12}\.", r"\1.", (tmp_path / styles).read_text())
        assert said == staticfiles.all_styles()
        for name in staticfiles.FACES.values():
            packed = (tmp_path / storage.stored_name(name)).read_bytes()
            assert packed.startswith(b"wOF2")
            assert f"../{storage.stored_name(name)}" in (tmp_path / styles).read_text()
        assert re.fullmatch(r"js/element\.[0-9a-f]{12}\.js", script)
        assert "/**" not in (tmp_path / script).read_text()
        assert (tmp_path / f"{script}.gz").exists()


class _Written:
    """The folder of what was written."""

    def open(self, path: str) -> Any:
        return (STATIC / path).open("rb")


def test_collecting_is_the_only_way_to_them() -> None:
    """Nothing was collected for the tests."""
    frame = staticfiles.frame()
    assert frame["stylesheet"] == ""
    assert [address.partition("?")[0] for address in frame["faces"]] == [
        "/fonts/display.ttf",
        "/fonts/text.ttf",
    ]
