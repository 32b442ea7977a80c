"""Staff try a model with an example that Echoes draws itself, and see what came of it and what it cost."""

from __future__ import annotations

import wave
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from PIL import Image, ImageDraw

from echoes.kernel import workplace
from echoes.kernel.storage import base as storages
from jobs import lifecycle
from jobs.execution import Work
from jobs.outcomes import Again, Done, Fail, Outcome
from jobs.states import TERMINAL
from providers import connections, door, errors, instructions, making, prompts, registry, tasks
from providers.capabilities import (
    Answer,
    Capability,
    CutoutRequest,
    EarsRequest,
    EyesRequest,
    ImageRequest,
    ModerationRequest,
    MotionRequest,
    MusicRequest,
    Order,
    Picture,
    Request,
)
from providers.connections import Provider
from providers.models import Model, Trial

KEPT = timedelta(days=90)
BATCH = 100
EXAMPLE = "A small boat on a lake at dusk, the camera comes slowly nearer"
ASPECT, RATIO = "16:9", 16 / 9
SHORTEST_SONG = 10  # seconds


@transaction.atomic
def start(*, model: str, words: str, by: Any, now: datetime) -> Trial:
    """Ask for one, of a model that may be switched off for everybody else. Raises UnknownModel where its
    service is not connected."""
    row = _row(model)
    remote = row.provider != Provider.LOCAL
    trial = Trial(
        owner=by,
        model=row.slug,
        words=words or EXAMPLE,
        service=row.provider if remote else "",
        lane=row.slug if remote else "",
        expected_seconds=row.expected_seconds if remote else 0,
    )
    return lifecycle.enqueue(trial, by=by)


def make(job: Trial, work: Work) -> Outcome:
    """The handler."""
    row = Model.objects.get(pk=job.model)
    if job.service:
        return making.carry(job, work, capability=Capability(row.capability), adopt=adopt)
    if job.queue != "media":
        return Again(queue="media")
    with workplace.directory("trial") as folder:
        (folder / "made").mkdir()
        try:
            answer = registry.direct(row.provider).answer(
                order(job, folder),
                folder=folder / "made",
                on_progress=work.progress,
                cancelled=work.cancelled,
            )
        except errors.Failed as failure:
            return Fail(failure.code, str(failure), failure.detail)
        return _adopted(job, answer)


def adopt(job: Trial, work: Work, made: making.Made) -> Outcome:
    """What a service made is kept as it came: staff look at it, and it is in no film."""
    if made.keys:
        return Done({"key": made.keys[0], "said": dict(made.said)})
    return _adopted(job, Answer(files=made.files, said=made.said))


def order(job: Trial, folder: Path) -> Order:
    """What is asked in a trial of this model."""
    model = _row(job.model)
    return Order(model.spec, _request(model, job, folder))


def sweep(*, now: datetime) -> None:
    """Throw away what was tried long ago, with what came of it. A sample is a copy, and stays; so does what
    it cost."""
    old = Trial.objects.filter(state__in=TERMINAL, finished_at__lt=now - KEPT)
    for trial in list(old.order_by("finished_at")[:BATCH]):
        if trial.key:
            storages.get("photos").delete(trial.key)
        old.filter(pk=trial.pk).delete()


def _row(slug: str) -> Model:
    found = Model.objects.filter(slug=slug).first()
    if found is None or not connections.is_connected(found.provider):
        raise registry.UnknownModel
    return found


def _adopted(job: Trial, answer: Answer) -> Outcome:
    key = ""
    if answer.files:
        key = f"{job.owner_id}/trials/{job.pk}{answer.files[0].suffix}"
        storages.get("photos").put(key, answer.files[0])
    said = dict(answer.said)
    return Done({"key": key, "said": said or ({} if key else {"answer": "nothing"})})


def _request(model: Model, job: Trial, folder: Path) -> Request:
    door.words(_errand(model, job), said=job.words)
    words = _words(model, job)
    match model.capability:
        case Capability.MOTION:
            length = min(model.lengths, default=5)
            return MotionRequest(_picture(model, job, folder), words, length, ASPECT, job.seed)
        case Capability.IMAGE:
            return _image(model, job, folder, words)
        case Capability.MUSIC:
            return MusicRequest("calm", min(model.lengths, default=SHORTEST_SONG), job.seed, words)
        case Capability.WRITER:
            return tasks.title(project=words, dates="", pictures="")
        case Capability.EYES:
            return EyesRequest(_picture(model, job, folder), instructions.text("eyes"))
        case Capability.CUTOUT:
            return CutoutRequest(_picture(model, job, folder))
        case Capability.MODERATION:
            return ModerationRequest(words, _picture(model, job, folder))
    return _speech(folder)


def _speech(folder: Path) -> EarsRequest:
    """Three seconds in which nobody speaks: what counts is that it answers."""
    quiet = folder / "quiet.wav"
    with wave.open(str(quiet), "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(bytes(2 * 16_000 * 3))
    return EarsRequest(quiet, 3.0)


def _words(model: Model, job: Trial) -> str:
    return prompts.compose(
        job.words,
        instructions.text("motion") if model.capability == Capability.MOTION else "",
        limit=model.prompt_limit,
        unit=model.prompt_unit,
        needed=model.prompt_needed,
        languages=model.languages,
    ).text


def _picture(model: Model, job: Trial, folder: Path) -> Picture:
    drawn = folder / "example.png"
    _draw().save(drawn)
    return door.picture(
        _errand(model, job),
        photo=drawn,
        folder=folder,
        ratio=RATIO,
        words=job.words,
    )


def _errand(model: Model, job: Trial) -> door.Errand:
    return door.Errand(job.owner, model.provider, model.slug, f"{job.kind}:{job.pk}")


def _image(model: Model, job: Trial, folder: Path, words: str) -> ImageRequest:
    """Models that keep the edges of a picture, or change one, get the example."""
    begins_with = _begins_with(model.wire) if model.provider == Provider.REPLICATE else ""
    shown = _picture(model, job, folder) if begins_with else None
    return ImageRequest(
        prompt=words,
        aspect=ASPECT,
        seed=job.seed,
        references=(shown,) if shown and begins_with == "reference" else (),
        control=shown if begins_with == "control" else None,
    )


def _begins_with(wire: str) -> str:
    from providers.replicate import begins_with  # with its SDK: not before somebody tries such a model

    return begins_with(wire)


def _draw() -> Image.Image:
    """A lake at dusk, with a boat."""
    image = Image.new("RGB", (1280, 720))
    pen = ImageDraw.Draw(image)
    for y in range(720):
        share = y / 720
        pen.line((0, y, 1280, y), (int(250 - 150 * share), int(170 - 90 * share), int(120 + 40 * share)))
    pen.rectangle((0, 430, 1280, 720), (38, 62, 96))
    pen.ellipse((590, 330, 690, 430), (255, 214, 150))
    pen.polygon([(420, 520), (720, 520), (660, 580), (480, 580)], (58, 30, 22))
    pen.polygon([(570, 510), (570, 340), (690, 505)], (240, 232, 214))
    return image
