from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command


def release() -> str:
    out = io.StringIO()
    call_command("release", verbosity=0, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
class TestRelease:
    def test_collects_static_files_only_when_they_have_changed(self, settings: Any, tmp_path: Path) -> None:
        own = tmp_path / "own"
        own.mkdir()
        settings.STATICFILES_DIRS = [own]
        settings.STATIC_ROOT = tmp_path / "collected"
        (own / "a.css").write_text("a { color: red }")
        assert release() == "Static files collected.\n"
        assert list(settings.STATIC_ROOT.glob("a.*.css"))
        assert release() == ""
        (own / "a.css").write_text("a { color: blue; }")
        assert release() == "Static files collected.\n"
