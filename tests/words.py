"""The catalogues of words: `make words` brings them up to date with what the code says.

What is translated is what templates mark ({% translate %}, {% blocktranslate %}), what Python and scripts
give to gettext, ngettext and their kin, and the docstring of every EchoesError, which is its sentence.
Babel does what GNU gettext would, so that nothing has to be installed beside Python. The compiled catalogues
are kept beside their sources: a release compiles nothing.
"""

from __future__ import annotations

import importlib
import io
import os
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "echoes.settings")

import django
from babel.messages import extract, mofile, pofile
from babel.messages.catalog import Catalog, Message
from django.conf import settings
from django.utils.translation.template import templatize

from echoes.kernel.errors import EchoesError

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
PACKAGES = ("accounts", "billing", "clips", "compiler", "echoes", "jobs", "library", "notices", "projects")
PACKAGES += ("providers",)
FOR_DEVELOPERS = ("templates/styleguide/", "echoes/styleguide/", "echoes/management/", "echoes/embedded/")
KEYWORDS = extract.DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "gettext_noop": None,
}
HEAD = "# Brought up to date by `make words`; translated here."
PLURALS = "nplurals=2; plural=(n != 1);"
MARKED = re.compile(
    r"{%\s*comment.*?endcomment\s*%}|{%\s*block (?:page_class|bodyclass|coltype).*?endblock.*?%}|"
    r"{%\s*blocktranslate.*?endblocktranslate\s*%}|{#.*?#}|{%.*?%}|{{.*?}}",
    re.DOTALL,
)
SILENT = frozenset({"script", "style"})
READ_ALOUD = frozenset({"alt", "aria-label", "aria-valuetext", "aria-description", "placeholder", "title"})
WORD = re.compile(r"[A-Za-z]{2}")
PLACES = re.compile(r"%\(\w+\)s|%[sd]|(?<!\{)\{\w*\}(?!\})")

Found = tuple[str, int, Any, str | None]  # file, line, text or (one, several), context


class Words(Catalog):
    """A catalogue that tells no time: the same words make the same file."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:  # type: ignore[override]
        return [
            ("Language", self.locale_identifier or ""),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", PLURALS),
        ]


@dataclass(frozen=True)
class Domain:
    """What is kept in one file of each language."""

    name: str

    def words(self) -> Iterator[Found]:
        return _of_scripts() if self.name == "djangojs" else _of_python_and_templates()


DOMAINS = (Domain("django"), Domain("djangojs"))


def main() -> int:
    """Write every catalogue anew, keep what is translated in it, and say what is left to do."""
    left = 0
    for domain in DOMAINS:
        template = gathered(domain)
        for code in languages():
            catalogue = renewed(template, code, domain)
            _write(catalogue, code, domain)
            problems = list(complaints(catalogue))
            left += len(problems)
            sys.stdout.write("".join(f"{code} {domain.name}: {problem}\n" for problem in problems))
    bare = list(unmarked())
    left += len(bare)
    sys.stdout.write("".join(f"not marked: {words}\n" for words in bare))
    sys.stdout.write(f"{left} to do.\n" if left else "All catalogues are complete.\n")
    return 1 if left else 0


def languages() -> list[str]:
    return [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def path(code: str, domain: Domain, ending: str) -> Path:
    return LOCALE / code / "LC_MESSAGES" / f"{domain.name}.{ending}"


def gathered(domain: Domain) -> Catalog:
    """Everything that is said, in the order of its places."""
    found = Catalog(charset="utf-8")
    for file, _, text, context in domain.words():
        found.add(text, locations=[(file, 0)], context=context)
    return found


def renewed(template: Catalog, code: str, domain: Domain) -> Catalog:
    """The catalogue of a language with what is said now, and nothing that is not said any more."""
    there = _read(path(code, domain, "po"), code)
    made = Words(locale=code, charset="utf-8", fuzzy=False, header_comment=HEAD)
    for message in template:
        if not message.id:
            continue
        known = there.get(message.id, message.context)
        text = known.string if known and type(known.id) is type(message.id) else None
        made.add(message.id, text, locations=message.locations, context=message.context)
    return made


def compiled(catalogue: Catalog) -> bytes:
    target = io.BytesIO()
    mofile.write_mo(target, catalogue)
    return target.getvalue()


def written(catalogue: Catalog) -> bytes:
    target = io.BytesIO()
    pofile.write_po(target, catalogue, width=110, include_lineno=False)
    return target.getvalue()


def complaints(catalogue: Catalog) -> Iterator[str]:
    """What is not translated, and what lost or gained something to be filled in."""
    for message in catalogue:
        if not message.id:
            continue
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        if not all(forms) or len(forms) != (2 if message.pluralizable else 1):
            yield f"not translated: {_said(message)!r}"
        else:
            yield from _misfits(message, forms)


def _misfits(message: Message, forms: Iterable[str]) -> Iterator[str]:
    """A form for one may name the number, or leave it out."""
    said = message.id if isinstance(message.id, tuple) else (message.id,)
    allowed = [set(PLACES.findall(text)) for text in said]
    for index, text in enumerate(forms):
        places = set(PLACES.findall(text))
        fits = places == allowed[-1] if index else places in (allowed[0], allowed[-1])
        if not fits:
            yield f"other things to fill in than in English: {text!r}"


def _said(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple) else message.id


def _read(file: Path, code: str) -> Catalog:
    if not file.exists():
        return Catalog(locale=code)
    with file.open("rb") as source:
        return pofile.read_po(source, locale=code)


def _write(catalogue: Catalog, code: str, domain: Domain) -> None:
    file = path(code, domain, "po")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(written(catalogue))
    path(code, domain, "mo").write_bytes(compiled(catalogue))


# ---- where words are ------------------------------------------------------------------------


def _of_python_and_templates() -> Iterator[Found]:
    for file in _files("templates", "*.html", "*.txt"):
        yield from _extracted("python", _as_python(file), file)
    for package in PACKAGES:
        for file in _files(package, "*.py"):
            yield from _extracted("python", file.read_bytes(), file)
    yield from _of_errors()


def _of_scripts() -> Iterator[Found]:
    for file in _files("static/js", "*.js"):
        yield from _extracted("javascript", file.read_bytes(), file)


def _files(folder: str, *patterns: str) -> Iterator[Path]:
    for file in sorted(file for pattern in patterns for file in (ROOT / folder).rglob(pattern)):
        if not file.relative_to(ROOT).as_posix().startswith(FOR_DEVELOPERS):
            yield file


def _as_python(file: Path) -> bytes:
    """Django leaves blots where a template has something else; their indentation would be Python's."""
    text = templatize(file.read_text(), origin=str(file))
    return "\n".join(line.strip() for line in text.splitlines()).encode()


def _extracted(method: str, source: bytes, file: Path) -> Iterator[Found]:
    name = file.relative_to(ROOT).as_posix()
    for line, text, _, context in extract.extract(method, io.BytesIO(source), keywords=KEYWORDS):
        yield name, line, text, context


def _of_errors() -> Iterator[Found]:
    """The docstring of an error is what it says, unless it is raised with words of its own."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if ".migrations" not in module.name and not module.name.startswith("echoes.asgi"):
                importlib.import_module(module.name)
    classes = sorted(_heirs(EchoesError), key=lambda each: (each.__module__, each.__qualname__))
    for each in classes:
        file = each.__module__.replace(".", "/") + ".py"
        if each.__doc__ and file.startswith(PACKAGES) and not file.startswith(FOR_DEVELOPERS):
            yield file, 0, " ".join(each.__doc__.split()), None


def _heirs(parent: type) -> set[type]:
    children = parent.__subclasses__()
    return set(children).union(*(_heirs(child) for child in children))


# ---- what nobody marked ---------------------------------------------------------------------


class Unmarked(HTMLParser):
    """Collects what people would read of a template, and no catalogue knows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0
        self.feed(MARKED.sub(" \0 ", text))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        for name, value in attrs:
            if name in READ_ALOUD and WORD.search(value or ""):
                self.found.append(f"{name}={value}")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent and WORD.search(data.replace("Echoes", "")):
            self.found.append(" ".join(data.replace("\0", "…").split()))


def unmarked() -> Iterator[str]:
    """Words of templates that are translated nowhere, as file: words."""
    for file in _files("templates", "*.html", "*.txt"):
        for words in Unmarked(file.read_text()).found:
            yield f"{file.relative_to(ROOT)}: {words}"


if __name__ == "__main__":
    django.setup()
    sys.exit(main())
