"""What stands on the styleguide: made-up cards, each in a state that people meet."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.templatetags.static import static

from billing.queries import Line as Movement
from billing.queries import Offer, Short
from clips import offers
from clips.cards import ClipCard, TakeCard
from compiler import shelf
from compiler.forms import LENGTHS
from compiler.queries import FilmView
from compiler.shelf import TrackCard
from compiler.timeline import TRANSITIONS
from echoes.dashboard import ProjectCard
from echoes.kernel import clock, shapes
from echoes.styleguide import madeup, tokens
from echoes.tray import Line, Tray

REFUSED = "The service found a face too small to follow. You were not charged."
LONG = "grandmother and the two small ones at the very end of the pier, waving.jpg"
MODEL = offers.Option(
    "ai", "Gentle motion", "Faces stay as they are.", "Runway", "runway", "about 40 s", "", 1
)
LOCAL = offers.Option("local", "Camera move", "Made on this machine.", "", "", "", "", 0, checked=True)


class Fields(forms.Form):
    """Every kind of field; two of them are filled in wrongly."""

    name = forms.CharField(label="A name", help_text="As it stands below the film.", required=False)
    email = forms.EmailField(label="Address that is none", help_text="We write to it once.")
    words = forms.CharField(label="More words", widget=forms.Textarea(attrs={"rows": 2}), required=False)
    shape = forms.ChoiceField(label="One of a few", choices=shapes.CHOICES, required=False)
    often = forms.BooleanField(label="Something to agree to", required=False)
    missing = forms.BooleanField(label="Something that was not agreed to")
    locked = forms.CharField(label="Cannot be changed", disabled=True, required=False)


@dataclass(frozen=True)
class Side:
    """All of it in one theme; ids are made of the theme's name, so that both stand on one page."""

    theme: str

    @property
    def project(self) -> Any:
        return SimpleNamespace(id=self._id("project"), title="A week outdoors", aspect="16:9")

    @property
    def pairs(self) -> list[tokens.Pair]:
        return tokens.pairs(tokens.declared(), self.theme)

    @property
    def form(self) -> Fields:
        typed = {"name": "Summer at the lake", "email": "not an address", "shape": "1:1", "often": "on"}
        return Fields(typed, auto_id=f"{self.theme}-%s", initial={"locked": "Written down"})

    @property
    def clips(self) -> list[tuple[str, ClipCard]]:
        """Every state of a clip, in words."""
        trouble = offers.Trouble(REFUSED, None, LOCAL, "Other words", is_new=False)
        busy = offers.Trouble("The service is busy.", MODEL, LOCAL, "", is_new=False)
        generating = {"state": "generating", "progress": 42, "left": "about 20 s"}
        ready = {"state": "ready", "video_url": _photo(), "takes_count": 1, "note": "Camera move, free"}
        made: list[tuple[str, dict[str, Any]]] = [
            ("still", {"state": "draft"}),
            ("being made here", generating),
            ("at a service", generating | {"by_service": True, "note": "Gentle motion is at work"}),
            ("ready", ready),
            ("in the film", ready | {"approved": True, "takes_count": 3}),
            ("made by a model", ready | {"is_ai": True, "note": "Gentle motion, 1 credit"}),
            ("did not work", {"state": "error", "message": REFUSED, "trouble": trouble}),
            ("may be tried again", {"state": "error", "message": busy.message, "trouble": busy}),
            ("a new take did not work", ready | {"trouble": replace(trouble, is_new=True)}),
            ("never sent to AI", ready | {"withheld": True}),
            ("a video", ready | {"is_video": True, "note": "A video"}),
            ("a long name", {"state": "draft", "name": LONG}),
        ]
        return [
            (words, self._clip(place, len(made), more)) for place, (words, more) in enumerate(made, start=1)
        ]

    @property
    def poor(self) -> tuple[ClipCard, Short]:
        """Somebody wanted a take, and has too few credits."""
        offer = madeup.of(Offer, id=1, credits="10 credits", price="€5.00", order=self._id("order"))
        short = Short("This takes 3 credits. You have 1.", 2, offer, "/")
        return self._clip(13, 13, {"state": "draft"}), short

    @property
    def takes(self) -> list[TakeCard]:
        made = [
            {"number": 3, "state": "generating"},
            {
                "number": 2,
                "chosen": True,
                "prompt": "Pull back slowly",
                "is_ai": True,
                "note": "Gentle motion",
            },
            {"number": 1, "state": "error", "message": REFUSED},
        ]
        shown = {"poster_url": _photo(), "created_at": _lately()}
        return [
            madeup.of(TakeCard, id=self._id("take", str(more["number"])), **shown, **more) for more in made
        ]

    @property
    def projects(self) -> list[ProjectCard]:
        photo = {"cover_url": _photo(), "cover_alt": "A lake", "clips_total": 24}
        film = photo | {"is_poster": True, "film_id": self._id("film"), "film_label": "1:24"}
        made: list[dict[str, Any]] = [
            {"title": "Nothing in it yet", "state_label": "No photos yet"},
            photo | {"title": "Lake", "state": "making", "state_label": "Photos are waking up"},
            photo | {"title": LONG, "state": "approving", "state_label": "Choose the clips"},
            photo | {"title": "Birthday", "state": "filming", "state_label": "Film in the making"},
            film | {"title": "A week outdoors", "state": "film", "state_label": "Film"},
        ]
        return [
            madeup.of(ProjectCard, id=self._id("card", more["title"]), updated_at=_lately(), **more)
            for more in made
        ]

    @property
    def films(self) -> list[FilmView]:
        about = {"aspect": "16:9", "shape_label": shapes.LABELS["16:9"], "width": 1280, "height": 720}
        made: list[dict[str, Any]] = [
            {"state": "processing", "progress": 61, "left": "about 10 s", "can_cancel": True},
            {"state": "ready", "poster_url": _photo(), "duration_label": "1:24", "download_url": _photo()},
            {"state": "failed", "message": "The disk is full. Nothing was lost.", "can_retry": True},
            {"state": "cancelled", "can_retry": True, "message": "Start it again whenever you like."},
        ]
        return [
            madeup.of(
                FilmView,
                id=self._id("film", more["state"]),
                title="A week outdoors",
                created_at=_lately(),
                project_id=self._id("project"),
                **about,
                **more,
            )
            for more in made
        ]

    @property
    def tracks(self) -> list[TrackCard]:
        known = {
            "duration_label": "2:10",
            "url": _photo(),
            "wave": shelf.wave([30, 90, 50, 80, 20, 70, 60, 90, 40, 60] * 12),
            "state": "ready",
        }
        made: list[dict[str, Any]] = [
            known | {"title": "Morning Kites", "mood": "light", "description": "Guitar and glockenspiel"},
            known | {"title": "our song.mp3", "own": True},
            known | {"title": "Slow Water", "mood": "calm", "url": "", "state": "processing"},
        ]
        return [madeup.of(TrackCard, id=str(self._id("track", more["title"])), **more) for more in made]

    @property
    def chosen(self) -> Any:
        return SimpleNamespace(transition="dissolve")

    def _id(self, *words: str) -> Any:
        return madeup.id_of(self.theme, *words)

    def _clip(self, place: int, count: int, more: dict[str, Any]) -> ClipCard:
        size = shapes.size("16:9")
        withheld = more.get("withheld", False)
        known = {
            "name": f"lake {place}.jpg",
            "photo_url": _photo(),
            "price": offers.FREE,
            "width": size.width,
            "height": size.height,
            "options": (LOCAL,) if withheld else (LOCAL, MODEL),
            "makers": () if withheld else (("runway", "Runway", True),),
            **{name: given for name, given in more.items() if name != "withheld"},
        }
        card = madeup.of(ClipCard, id=self._id("clip", str(place)), position=place, count=count, **known)
        words = ("Pull back slowly", "Drift towards the light")
        return replace(
            card,
            take_id=self._id("take", str(place)),
            ideas=replace(card.ideas, words=words),
            privacy=replace(card.privacy, asked=True, photo_withheld=withheld),
        )


def sides() -> list[Side]:
    return [Side(theme) for theme in tokens.THEMES]


def shared() -> dict[str, Any]:
    """What both sides show alike, and what a page has only once."""
    declared = tokens.declared()
    return {
        "sides": sides(),
        "colours": tokens.meanings(declared),
        "sizes": tokens.starting(declared, "size-"),
        "spaces": tokens.starting(declared, "space-", "gutter", "touch"),
        "corners": tokens.starting(declared, "radius-"),
        "icons": icons(),
        "transitions": TRANSITIONS.items(),
        "lengths": LENGTHS,
        "transition_seconds": "0.5",
        "film_transition": "fade",
        "as_the_film": "As the film (Fade)",
        "part": "join",
        "aspects": shapes.CHOICES,
        "percents": (0, 8, 42, 100),
        "lines": _movements(),
        "work": _tray(),
        "account": SimpleNamespace(balance=12, debt=0),
        "undo": SimpleNamespace(
            extra_tags=f"undo:{madeup.id_of('project')}", level_tag="success", message="“Lake” is removed."
        ),
    }


def icons() -> list[str]:
    text = Path(settings.ROOT, "templates", "ui", "_icons.html").read_text()
    return re.findall(r'<symbol id="i-([a-z-]+)"', text)


def _movements() -> list[Movement]:
    made = [("A clip", "Lake", -1, 12), ("Bought", "Ten credits", 10, 13), ("Given back", "Lake", 1, 3)]
    return [
        Movement(madeup.AT, words, detail, "", amount, 0, balance) for words, detail, amount, balance in made
    ]


def _tray() -> Tray:
    """In the frame of the page itself, where it stands everywhere."""
    words = (("film", "Making “A week outdoors”", 61), ("take", "7 clips of “Lake” to come", 20))
    lines = [Line(kind, madeup.id_of(kind), said, "/styleguide/", percent) for kind, said, percent in words]
    return Tray(lines, is_open=False, percent=34)


def _photo() -> str:
    return static("icons/sample.svg")


def _lately() -> Any:
    return clock.now() - timedelta(hours=3)
