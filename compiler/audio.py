"""The sound of a whole film in one file: mixed, as loud as planned, and exactly as long as its pictures.

1. Clips' own sounds and the voice are put at their places, a few at a time, into files of plain samples,
   so that a film of five hundred clips does not hold five hundred files open.
2. Everything is mixed once without writing it, and measured.
3. It is mixed again with the one gain that makes it as loud as planned, through a limiter where its peaks
   would not fit, and encoded.
4. What was encoded is measured, because a coder moves peaks; if they do not fit, 3. is done again with less.

No step reads more of a file than is heard. The costly way to the same loudness (ffmpeg's `loudnorm`, which
works at 192 kHz) takes seven times as long.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from django.utils.translation import gettext

from compiler import drafts, loudness
from compiler.loudness import Loudness
from compiler.mix import LOUDNESS, PEAK, RATE, TOLERANCE, Mix, Placed
from compiler.timeline import Music
from compiler.verify import FilmDiffersFromPlan
from echoes.kernel import media_time
from echoes.kernel.ffmpeg import command, run

FORMAT = f"aformat=sample_fmts=fltp:sample_rates={RATE}:channel_layouts=stereo"
RAW = ("-f", "f32le", "-ar", str(RATE), "-ac", "2")
CODER = ("-c:a", "aac", "-aac_coder", "fast", "-b:a", "160k", "-ar", str(RATE), "-ac", "2")
# Below this there is nothing to speak of, and to lift it would be to play its noise. LUFS.
FAINT = -50.0
# Where peaks are held, in dBFS: a limiter sees samples, and both what lies between them and the coder add.
CEILING = PEAK - 1.0
# How many decibels a limiter may hold back: with more it is heard, and less than this is rarely needed.
HELD_BACK = 15.0
ATTEMPTS = 4
# How many sounds are read at once.
TOGETHER = 16
# Music gives way to whatever is heard over it: quickly, and comes back in half a second. The preview does
# it with the same threshold and ratio, by a guess of how loud a sound is (static/js/heard.js).
DUCKING = "sidechaincompress=threshold=0.02:ratio=6:attack=15:release=500:knee=4"


@dataclass(frozen=True)
class _Job:
    """What every call of ffmpeg for one film's sound shares. `timeout` in seconds."""

    mix: Mix
    sources: Mapping[str, Path]
    folder: Path
    timeout: float
    cancelled: run.Cancelled | None


@dataclass(frozen=True)
class _Stem:
    """A file of plain samples that begins at sample `at` of the film."""

    path: Path
    at: int


@dataclass(frozen=True)
class _Master:
    """What is done to the finished mix: `gain` in dB, and peaks held at `ceiling` dBFS if it is not None."""

    gain: float
    ceiling: float | None


def make(
    *,
    mix: Mix,
    sources: Mapping[str, Path],
    out: Path,
    on_progress: run.OnProgress | None = None,
    cancelled: run.Cancelled | None = None,
) -> Loudness:
    """Writes stereo AAC of exactly `mix.samples`, and says how loud it is. `sources` are files by digest.

    A film without sound gets a silent track, because players and the services that films are uploaded to
    treat a file without one as a lesser one. Sound that is too faint to speak of is left as faint as it is.
    Raises FilmDiffersFromPlan, FfmpegFailed, Cancelled.
    """
    timeout = 120 + mix.frames / mix.fps
    with tempfile.TemporaryDirectory(prefix="sound-", dir=out.parent) as folder, drafts.of(out) as draft:
        job = _Job(mix, sources, Path(folder), timeout, cancelled)
        inputs, graph = _mixed(job, _stems(job))
        found = _measured(job, inputs, graph)
        master = _master(mix, found)
        for _ in range(ATTEMPTS):
            _encode(job, inputs, f"{graph},{_mastering(mix, master)}", draft, on_progress)
            made = loudness.of_file(draft, timeout=timeout, cancelled=cancelled)
            better = _corrected(mix, master, found, made)
            if better == master:
                break
            master = better
        _check(mix, found, made)
        return made


def _check(mix: Mix, found: Loudness, made: Loudness) -> None:
    """Too loud or lost is our fault; less loud than asked is what some sound is: a click a minute cannot be
    brought to any loudness without cutting off what it is."""
    target = mix.target
    if made.peak > PEAK:
        raise FilmDiffersFromPlan(
            gettext("The sound's peaks reach {peak} dBTP.").format(peak=f"{made.peak:.2f}")
        )
    if target is None or found.integrated is None:
        if made.integrated is not None:
            raise FilmDiffersFromPlan(
                gettext("The sound is at {level} LUFS where silence was planned.").format(
                    level=f"{made.integrated:.1f}"
                )
            )
    elif made.integrated is None and target > loudness.GATE + 10 and found.integrated > FAINT:
        raise FilmDiffersFromPlan(gettext("The sound is silent where music was planned."))
    elif made.integrated is not None and made.integrated > max(target, FAINT) + TOLERANCE:
        raise FilmDiffersFromPlan(
            gettext("The sound is at {level} LUFS, not {target}.").format(
                level=f"{made.integrated:.1f}", target=f"{target:.1f}"
            )
        )


def _master(mix: Mix, found: Loudness) -> _Master:
    """The one gain. None for what is silent or hardly there: twenty decibels of its noise help nobody."""
    if mix.target is None or found.integrated is None:
        return _Master(0.0, None)
    return _limited(mix.target - (found.integrated if found.integrated > FAINT else LOUDNESS), found)


def _limited(gain: float, found: Loudness, ceiling: float = CEILING) -> _Master:
    """A limiter only where peaks would not fit, and no more gain than it can take back unheard."""
    gain = min(gain, ceiling + HELD_BACK - found.peak)
    return _Master(gain, ceiling if found.peak + gain > ceiling else None)


def _corrected(mix: Mix, master: _Master, found: Loudness, made: Loudness) -> _Master:
    """The same again if it fits. A limiter takes loudness away, and a coder adds to peaks."""
    gain, ceiling = master.gain, master.ceiling or CEILING
    if made.peak > PEAK:
        ceiling -= made.peak - PEAK + 0.1
    speaks = found.integrated is not None and found.integrated > FAINT
    if mix.target is not None and speaks and made.integrated is not None:
        away = mix.target - made.integrated
        # What a limiter holds back, it holds back of the correction, too.
        steps = 1.0 if master.ceiling is None else 1.5
        gain += away * steps if abs(away) > TOLERANCE / 2 else 0.0
    if (gain, ceiling) == (master.gain, master.ceiling or CEILING):
        return master
    return _limited(gain, found, ceiling)


def _measured(job: _Job, inputs: Sequence[str], graph: str) -> Loudness:
    if job.mix.target is None:
        return Loudness(None, float("-inf"))
    return loudness.of_graph(inputs=inputs, graph=graph, timeout=job.timeout, cancelled=job.cancelled)


def _encode(
    job: _Job, inputs: Sequence[str], graph: str, out: Path, on_progress: run.OnProgress | None
) -> None:
    run.run(
        [
            *(*inputs, "-filter_complex", f"{graph}[sound]", "-map", "[sound]", *CODER),
            *("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"),
            *("-f", "mp4", command.address(out)),
        ],
        timeout=job.timeout,
        duration=Fraction(job.mix.frames, job.mix.fps),
        on_progress=on_progress,
        cancelled=job.cancelled,
    )


def _mastering(mix: Mix, master: _Master) -> str:
    filters = [f"volume={master.gain:.4f}dB"] if master.gain else []
    if master.ceiling is not None:
        limit = 10 ** (master.ceiling / 20)
        filters.append(f"alimiter=limit={limit:.6f}:attack=5:release=80:level=0:latency=1")
    return ",".join([*filters, _whole(mix.samples)])


def _mixed(job: _Job, stems: Sequence[_Stem]) -> tuple[list[str], str]:
    """Inputs and the graph that mixes them; its end is not labelled."""
    mix = job.mix
    if mix.target is None:
        silence = f"anullsrc=sample_rate={RATE}:channel_layout=stereo"
        return ["-f", "lavfi", "-i", silence], f"[0:a]{FORMAT},{_whole(mix.samples)}"
    inputs, music = _music(mix, job.sources)
    first = inputs.count("-i")
    for stem in stems:
        inputs += [*RAW, "-i", command.address(stem.path)]
    if not stems:
        return inputs, music
    over = _over(stems, first=first, samples=mix.samples)
    if not music:
        return inputs, over
    quieter = f"{music},volume={float(mix.music.gain if mix.music else 0):.4f}[music]"
    both = f"{quieter};{over},asplit[over][key];[music][key]{DUCKING}[ducked]"
    return inputs, f"{both};[ducked][over]amix=inputs=2:normalize=0:duration=longest,{_whole(mix.samples)}"


def _over(stems: Sequence[_Stem], *, first: int, samples: int) -> str:
    placed = [f"[{first + n}:a]{FORMAT},{_delay(stem.at)}[stem{n}]" for n, stem in enumerate(stems)]
    labels = "".join(f"[stem{n}]" for n in range(len(stems)))
    total = f"{labels}amix=inputs={len(stems)}:normalize=0:duration=longest"
    return ";".join([*placed, f"{total},{_whole(samples)}"])


def _music(mix: Mix, sources: Mapping[str, Path]) -> tuple[list[str], str]:
    """The music under the whole film, at its own loudness: read from its offset, and once more from its
    beginning, over and over, where it ends before the film does."""
    music = mix.music
    if music is None or music.volume == 0:
        return [], ""
    source = ["-vn", "-i", command.address(sources[music.source])]
    start, end = media_time.ticks_to_seconds(music.offset % music.duration), Fraction(mix.frames, mix.fps)
    left = media_time.ticks_to_seconds(music.duration) - start
    again = [*command.GUARD, *(("-stream_loop", "-1") if music.loop else ()), *source]
    fades = "".join(f",{fade}" for fade in _fades(music, end))
    finish = f"{_whole(mix.samples)}{fades}"
    if not start:
        return again, f"[0:a:0]{_counted()},{finish}"
    inputs = [*command.GUARD, "-ss", command.decimal(start), *source]
    if left >= end or not music.loop:
        return inputs, f"[0:a:0]{_counted()},{finish}"
    head = f"[0:a:0]{_counted()},{_whole(int(left * RATE))}[head];[1:a:0]{_counted()}[again]"
    return [*inputs, *again], f"{head};[head][again]concat=n=2:v=0:a=1,{finish}"


def _stems(job: _Job) -> list[_Stem]:
    """The placed sounds in files of plain samples, a few sounds in each, in the order of the film."""
    if job.mix.target is None:
        return []
    sounds = sorted(job.mix.placed, key=lambda sound: (sound.at, sound.length, sound.source))
    groups = [sounds[n : n + TOGETHER] for n in range(0, len(sounds), TOGETHER)]
    return [_stem(job, group, job.folder / f"{n}.raw") for n, group in enumerate(groups)]


def _stem(job: _Job, sounds: Sequence[Placed], out: Path) -> _Stem:
    at = sounds[0].at
    inputs = [part for sound in sounds for part in _placed_input(sound, job.sources)]
    chains = [f"[{n}:a:0]{_placed(sound, at)}[sound{n}]" for n, sound in enumerate(sounds)]
    labels = "".join(f"[sound{n}]" for n in range(len(sounds)))
    total = f"{labels}amix=inputs={len(sounds)}:normalize=0:duration=longest[stem]"
    graph = ";".join([*chains, total])
    run.run(
        [*inputs, "-filter_complex", graph, "-map", "[stem]", *RAW, command.address(out)],
        timeout=job.timeout,
        cancelled=job.cancelled,
    )
    return _Stem(out, at)


def _placed_input(sound: Placed, sources: Mapping[str, Path]) -> Iterator[str]:
    yield from command.GUARD
    if sound.first:
        yield from ("-ss", command.decimal(Fraction(sound.first, RATE)))
    yield from ("-vn", "-i", command.address(sources[sound.source]))


def _placed(sound: Placed, origin: int) -> str:
    out = sound.length - sound.fade_out
    return ",".join(
        [
            _counted(),
            _whole(sound.length),
            f"afade=type=in:start_sample=0:nb_samples={sound.fade_in}",
            f"afade=type=out:start_sample={out}:nb_samples={sound.fade_out}",
            f"volume={sound.volume / 100:.4f}",
            _delay(sound.at - origin),
        ]
    )


def _delay(samples: int) -> str:
    return f"adelay=delays={samples}S:all=1"


def _counted() -> str:
    """Samples in one format, numbered anew: a hole in a file, or a new start, is one in its clock."""
    return f"{FORMAT},asetpts=N/SR/TB"


def _whole(samples: int) -> str:
    """Exactly so many: samples are counted, not seconds."""
    return f"apad=whole_len={samples},atrim=end_sample={samples},asetpts=N/SR/TB"


def _fades(music: Music, film: Fraction) -> Iterator[str]:
    """`film` in seconds. Music that ends before the film does fades out before its own end."""
    start = media_time.ticks_to_seconds(music.offset % music.duration)
    end = film if music.loop else min(film, media_time.ticks_to_seconds(music.duration) - start)
    for kind, ticks in (("in", music.fade_in), ("out", music.fade_out)):
        length = min(media_time.ticks_to_seconds(ticks), end)
        if length:
            begins = command.decimal(end - length if kind == "out" else 0)
            yield f"afade=type={kind}:start_time={begins}:duration={command.decimal(length)}:curve=qsin"
