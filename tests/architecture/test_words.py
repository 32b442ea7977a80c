"""Everything that is said can be said in every language, and the catalogues are what `make words` makes."""

from __future__ import annotations

import pytest

from echoes import words as spoken
from tests import words
from tests.words import DOMAINS, Domain


@pytest.fixture(scope="module", params=DOMAINS, ids=[domain.name for domain in DOMAINS])
def domain(request: pytest.FixtureRequest) -> Domain:
    found: Domain = request.param
    return found


@pytest.mark.parametrize("code", words.languages())
def test_a_catalogue_is_complete_and_up_to_date(domain: Domain, code: str) -> None:
    catalogue = words.renewed(words.gathered(domain), code, domain)
    assert list(words.complaints(catalogue)) == []
    assert words.path(code, domain, "po").read_bytes() == words.written(catalogue)
    assert words.path(code, domain, "mo").read_bytes() == words.compiled(catalogue)


def test_templates_say_nothing_that_is_not_marked() -> None:
    assert list(words.unmarked()) == []


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>Good morning</p>", ["Good morning"]),
        ('<img alt="A hill">', ["alt=A hill"]),
        ("<p>{{ n }} photos</p>", ["… photos"]),
        (
            '<p title="{% translate "A hill" %}">{% blocktranslate %}Good day{% endblocktranslate %}</p>',
            [],
        ),
        ("<style>p { color: red }</style><script>let word;</script><p>Echoes · {{ n }}</p>", []),
    ],
)
def test_what_is_not_marked_is_found(template: str, found: list[str]) -> None:
    assert words.Unmarked(template).found == found


@pytest.mark.parametrize(
    ("english", "other", "complains"),
    [
        ("{made} of {all}", "{made} von {all}", False),
        ("{made} of {all}", "{made} von allen", True),
        ("%(name)s is ready", "%(nom)s ist fertig", True),
        (("{count} photo", "{count} photos"), ("Ein Foto", "{count} Fotos"), True),
        (("One photo", "{count} photos"), ("Ein Foto", "{count} Fotos"), False),
        (("{count} photo", "{count} photos"), ("{count} Foto", "Fotos"), True),
        ("Ready", "", True),
    ],
)
def test_a_translation_fills_in_what_english_does(english: object, other: object, complains: bool) -> None:
    catalogue = words.Words(locale="de")
    catalogue.add(english, other)
    assert bool(list(words.complaints(catalogue))) is complains


def test_scripts_are_given_what_they_say() -> None:
    assert spoken.of_scripts("en") == {}
    german = spoken.of_scripts("de")
    assert german["Pause"]
    assert all(isinstance(text, str) or len(text) == 2 for text in german.values())
    assert "" not in german
