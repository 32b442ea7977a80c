"""Rules that hold for the whole of the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from echoes import documents
from jobs import registry

ROOT: Path = settings.ROOT
PACKAGES = ["echoes", "notices", "compiler", "clips", "projects", "library", "providers", "jobs", "billing"]
PACKAGES += ["accounts"]
BANNED = {"utils.py", "helpers.py", "services.py", "common.py", "signals.py"}
LAYERS = {"reset", "tokens", "base", "layouts", "components", "screens", "utilities"}


def sources() -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
    ]


def templates() -> list[str]:
    home = ROOT / "templates"
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.suffix in {".html", ".txt"})


def stylesheets() -> list[Path]:
    return sorted((ROOT / "static" / "css").glob("*.css"))


def test_no_file_is_named_for_nothing() -> None:
    assert not [path for path in sources() if path.name in BANNED]


def test_only_the_lifecycle_writes_the_state_of_a_job() -> None:
    writers = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Attribute) and target.attr == "state" for target in node.targets
            ):
                writers.add(path.name)
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"update", "bulk_update", "update_or_create"}
                and any(keyword.arg == "state" for keyword in node.keywords)
            ):
                writers.add(path.name)
    assert writers <= {"lifecycle.py"}


def test_every_kind_of_job_has_a_model_and_a_handler() -> None:
    for kind in settings.JOB_KINDS:
        assert registry.model(kind).kind == kind
        assert callable(registry.handler(kind))


def test_the_documents_say_what_the_code_says() -> None:
    assert documents.stale() == []


@pytest.mark.parametrize("name", templates())
def test_template_compiles(name: str) -> None:
    get_template(name)


@pytest.mark.parametrize("name", [name for name in templates() if name.endswith(".html")])
def test_template_keeps_the_content_security_policy(name: str) -> None:
    text = (ROOT / "templates" / name).read_text()
    assert not re.search(r"\s(style|on[a-z]+|hx-on[:a-z-]*)=", text)
    assert not re.search(r"<script(?![^>]*(src=|nonce=))", text)
    assert "javascript:" not in text


@pytest.mark.parametrize("path", stylesheets(), ids=lambda path: path.name)
def test_stylesheet_is_one_layer(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL).strip()
    if path.name == "layers.css":
        assert re.fullmatch(r"@layer [a-z, ]+;", text)
        return
    found = re.match(r"@layer ([a-z]+)\s*\{", text)
    assert found, "starts with its layer"
    assert found[1] in LAYERS
    assert text.count("{") == text.count("}")
    assert _depth_reaches_zero_only_at_the_end(text)


def test_every_module_of_the_import_map_exists() -> None:
    base = (ROOT / "templates" / "ui" / "_importmap.html").read_text()
    block = re.search(r'<script type="importmap".*?</script>', base, re.DOTALL)
    assert block
    files = re.findall(r"\{% static ['\"]([^'\"]+)['\"] %\}", block[0])
    assert files
    assert [file for file in files if not (ROOT / "static" / file).exists()] == []
    pages = {f"js/pages/{path.name}" for path in (ROOT / "static" / "js" / "pages").iterdir()}
    begun = {"js/app.js", "js/views.js"} | pages  # by the page itself, without the map
    written = (ROOT / "static" / "js").rglob("*.js")
    assert {str(path.relative_to(ROOT / "static")) for path in written} == set(files) | begun


def test_every_page_begins_the_elements_that_it_has() -> None:
    """Before the page counts as loaded, so that nothing is pressed, or chosen, in vain."""
    begun = "".join(path.read_text() for path in sorted((ROOT / "static" / "js" / "pages").iterdir()))
    begun += (ROOT / "static" / "js" / "app.js").read_text()
    elements = {path.stem for path in (ROOT / "static" / "js" / "elements").iterdir()}
    assert set(re.findall(r'^  "([a-z-]+)": \w+,$', begun, re.MULTILINE)) == elements
    used = "".join((ROOT / "templates" / name).read_text() for name in templates())
    assert {tag for tag in elements if f"<{tag}" not in used} == set()
    heads = re.findall(r"js/pages/([a-z]+)\.js", used)
    assert set(heads) == {path.stem for path in (ROOT / "static" / "js" / "pages").iterdir()}


def test_nothing_names_this_machine_or_a_registry() -> None:
    hosts = re.compile(r"/(root|home/\w+)/|pypi\.org|pythonhosted|npmjs")
    tracked = [*sources(), *ROOT.glob("*.lock"), *ROOT.glob("*.toml"), *ROOT.glob("*.md"), ROOT / "Makefile"]
    assert [path.name for path in tracked if hosts.search(path.read_text())] == []


def _depth_reaches_zero_only_at_the_end(text: str) -> bool:
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "{") - (sign == "}")
        if sign == "}" and depth == 0:
            return place == len(text) - 1
    return False
