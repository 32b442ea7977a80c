"""A style per mood: key, chords, rhythms and the band, with every part's place in the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One player. `loudness` in LU below the tune; `enters` and `leaves` are levels of energy 0..4.

    `pan` -1..1, `width` spreads low notes left and high ones right, `send` is the share sent to the room,
    `shift` in semitones. `rhythm` is a cell in eighths for pitched figures, sixteenths for the grid.
    """

    voice: str
    figure: str
    loudness: float
    enters: int = 0
    leaves: int = 4
    pan: float = 0.0
    width: float = 0.0
    send: float = 0.25
    shift: int = 0
    rhythm: str = ""
    fill: str = ""


@dataclass(frozen=True)
class Style:
    """`tonic` 0..11 with C as 0, `meter` beats in a bar, `swing` beats by which an off-beat comes late.

    `progressions` has four chords for T(heme), A(nswer), B(ridge), C(losing); `final` is what rings out.
    """

    tonic: int
    scale: str
    meter: int
    progressions: Mapping[str, tuple[str, ...]]
    final: str
    motifs: tuple[str, ...]
    replies: tuple[str, ...]
    endings: tuple[str, ...]
    parts: tuple[Part, ...]
    swing: float = 0.0
    tune_centre: int = 72
    hand_centre: int = 62
    room_seconds: float = 2.0


def _chords(theme: str, answer: str, bridge: str, closing: str) -> dict[str, tuple[str, ...]]:
    written = {"T": theme, "A": answer, "B": bridge, "C": closing}
    return {letter: tuple(line.split()) for letter, line in written.items()}


UPLIFTING = Style(
    tonic=2,
    scale="major",
    meter=4,
    progressions=_chords(
        "I V/7 vi7 IVadd9", "Iadd9 V/7 IVadd9 V", "vi7 IVmaj7 I/3 V", "IVadd9 vi7 IVadd9 Vsus4"
    ),
    final="Iadd9",
    motifs=("2 1 1 2 2", "3 1 2 2"),
    replies=("2 4 r2", "3 3 r2"),
    endings=("6 r2", "1 1 4 r2"),
    room_seconds=1.8,
    parts=(
        Part("piano", "tune", 0, enters=1, send=0.3, width=0.15),
        Part("music box", "tune", -9, enters=4, send=0.45, shift=12, pan=0.25),
        Part("piano", "comp", -6, rhythm="2 2 2 2", send=0.22, width=0.3),
        Part("guitar", "picking", -6, enters=1, pan=-0.35, send=0.18),
        Part("pad", "hold", -11, send=0.35),
        Part("strings", "top", -8, enters=3, shift=12, send=0.45),
        Part("bass", "bass", -5.5, enters=2, rhythm="3 1 2 2", send=0.04),
        Part("kick", "grid", -7, enters=2, rhythm="X...x...X...x...", send=0.04),
        Part("clap", "grid", -13, enters=3, rhythm="....x.......x...", fill="....x.......x..o", send=0.3),
        Part("shaker", "grid", -19, enters=2, pan=0.4, rhythm="x.-.o.-.x.-.o.-.", send=0.12),
        Part("swell", "swell", -16, send=0.4),
    ),
)
CALM = Style(
    tonic=5,
    scale="major",
    meter=4,
    progressions=_chords(
        "Imaj7 vi7 IVmaj7 Iadd9", "Imaj7 iii7 IVmaj7 Vsus4", "ii7 vi7 IVmaj7 Vsus4", "IVmaj7 I/3 ii7 Vsus4"
    ),
    final="Imaj9",
    motifs=("4 2 2", "6 2"),
    replies=("6 r2", "4 3 r1"),
    endings=("6 r2", "2 4 r2"),
    room_seconds=2.8,
    tune_centre=70,
    parts=(
        Part("piano", "tune", 0, enters=1, send=0.4, width=0.15),
        Part("piano", "broken", -5, send=0.35, width=0.3),
        Part("pad", "hold", -8, send=0.4),
        Part("strings", "top", -9, enters=3, send=0.5),
        Part("sub bass", "bass", -6, enters=1, rhythm="8", send=0.05),
        Part("kalimba", "arpeggio", -13, enters=3, pan=0.3, shift=12, send=0.5),
        Part("kick", "grid", -11, enters=3, rhythm="X.......o.......", send=0.08),
    ),
)
CINEMATIC = Style(
    tonic=2,
    scale="minor",
    meter=4,
    progressions=_chords("i bVI bIII bVII", "i bVI iv Vsus4", "bVI bVII i7 iv7", "iv bVI bVII Vsus4"),
    final="iadd9",
    motifs=("4 2 2", "3 1 4"),
    replies=("6 2", "4 4"),
    endings=("7 r1", "2 5 r1"),
    room_seconds=3.0,
    tune_centre=69,
    hand_centre=60,
    parts=(
        Part("strings", "tune", 0, enters=2, send=0.45, pan=-0.1),
        Part("strings", "tune", -6, enters=4, send=0.5, shift=12, pan=0.2),
        Part("piano", "tune", -5, enters=1, leaves=3, send=0.45),
        Part("spiccato", "pulse", -6, enters=1, send=0.35, width=0.3),
        Part("strings", "hold", -8, send=0.45),
        Part("piano", "octaves", -8, send=0.3),
        Part("sub bass", "bass", -5, enters=2, rhythm="8", send=0.05),
        Part("tom", "grid", -6, enters=3, rhythm="X.......x.....o.", fill="X...o...x...o.x.", send=0.4),
        Part("kick", "grid", -8, enters=2, rhythm="X.......X.......", send=0.1),
        Part("brush", "grid", -15, enters=4, rhythm="....x.......x...", send=0.35),
        Part("swell", "swell", -13, send=0.5),
    ),
)
PLAYFUL = Style(
    tonic=7,
    scale="major",
    meter=4,
    swing=0.1,
    progressions=_chords("I vi7 ii7 V7", "I vi7 IV V7", "IV V/7 iii7 vi7", "IV I/3 ii7 V7"),
    final="I6",
    motifs=("1 1 2 1 1 2", "2 1 1 1 1 2"),
    replies=("2 2 r4", "1 1 2 r4"),
    endings=("2 2 r4", "1 1 4 r2"),
    room_seconds=1.0,
    tune_centre=74,
    parts=(
        Part("marimba", "tune", 0, enters=1, send=0.22, width=0.2),
        Part("music box", "tune", -8, enters=4, shift=12, send=0.35, pan=0.3),
        Part("guitar", "comp", -5, rhythm="r2 2 r2 1 1", pan=-0.35, send=0.15),
        Part("guitar", "picking", -8, enters=3, pan=0.35, send=0.15),
        Part("kalimba", "broken", -8, enters=2, shift=12, pan=0.25, send=0.25),
        Part("pad", "hold", -14, enters=2, send=0.4),
        Part("bass", "bass", -5.5, rhythm="2 2 2 2", send=0.04),
        Part("kick", "grid", -8, enters=1, rhythm="X.......X.......", send=0.05),
        Part("snap", "grid", -12, enters=1, rhythm="....x.......x...", send=0.25),
        Part(
            "brush",
            "grid",
            -16,
            enters=3,
            rhythm="x..-x..-x..-x..-",
            fill="x..-x..-x.oox..o",
            pan=0.2,
            send=0.15,
        ),
    ),
)
NOSTALGIC = Style(
    tonic=9,
    scale="major",
    meter=3,
    progressions=_chords("I iii7 IVmaj7 iv6", "I iii7 ii7 V7", "vi7 iii7 IVmaj7 V7", "IVmaj7 iv6 I/5 V7"),
    final="Iadd9",
    motifs=("4 2", "2 2 2"),
    replies=("4 r2", "2 4"),
    endings=("5 r1", "4 2"),
    room_seconds=2.0,
    tune_centre=71,
    parts=(
        Part("music box", "tune", 0, enters=1, leaves=2, shift=12, send=0.4),
        Part("flute", "tune", 0, enters=3, send=0.4, pan=-0.1),
        Part("piano", "tune", -7, enters=3, shift=12, send=0.4, pan=0.2),
        Part("piano", "waltz", -4, send=0.28, width=0.3),
        Part("strings", "hold", -9, enters=2, send=0.45),
        Part("strings", "top", -10, enters=4, shift=12, send=0.5),
        Part("bass", "bass", -6, enters=2, rhythm="6", send=0.05),
        Part("brush", "grid", -17, enters=3, rhythm="x...o...o...", send=0.25),
    ),
)
TENDER = Style(
    tonic=3,
    scale="major",
    meter=4,
    progressions=_chords(
        "Iadd9 V/7 vi7 IVmaj7", "Iadd9 iii7 IVmaj7 Vsus4", "IVmaj7 iv6 I/3 vi7", "ii7 I/3 IVadd9 Vsus4"
    ),
    final="Iadd9",
    motifs=("3 1 2 2", "2 2 4"),
    replies=("6 r2", "2 4 r2"),
    endings=("6 r2", "4 3 r1"),
    room_seconds=2.4,
    tune_centre=70,
    hand_centre=60,
    parts=(
        Part("piano", "tune", 0, enters=1, send=0.35, width=0.15),
        Part("flute", "tune", -8, enters=4, send=0.45, pan=0.15),
        Part("piano", "arpeggio", -6, send=0.3, width=0.3),
        Part("piano", "octaves", -9, enters=1, send=0.25),
        Part("strings", "hold", -9, enters=2, send=0.5),
        Part("strings", "top", -8, enters=3, shift=12, send=0.5),
        Part("sub bass", "bass", -9, enters=2, rhythm="8", send=0.05),
    ),
)
ADVENTURE = Style(
    tonic=4,
    scale="mixolydian",
    meter=4,
    progressions=_chords("I bVII IV I", "I bVII IV V", "vi7 IV I/3 bVII", "IV I/3 bVII IVadd9"),
    final="I",
    motifs=("3 1 2 2", "2 1 1 3 1"),
    replies=("3 3 r2", "2 4 r2"),
    endings=("6 r2", "2 4 r2"),
    room_seconds=2.0,
    tune_centre=72,
    hand_centre=61,
    parts=(
        Part("flute", "tune", 0, enters=1, send=0.35, pan=0.1),
        Part("strings", "tune", -4, enters=4, send=0.45, pan=-0.15),
        Part("guitar", "picking", -4, pan=-0.3, send=0.18),
        Part("guitar", "comp", -8, enters=3, rhythm="2 1 2 1 2", pan=0.4, send=0.18),
        Part("strings", "hold", -9, enters=2, send=0.4),
        Part("spiccato", "pulse", -9, enters=3, send=0.35, width=0.3),
        Part("bass", "bass", -5.5, enters=2, rhythm="3 1 2 2", send=0.05),
        Part("tom", "grid", -6, enters=2, rhythm="X.....o.x.......", fill="X.....o.x.o.x.x.", send=0.35),
        Part("kick", "grid", -7, enters=2, rhythm="X...x...X...x...", send=0.05),
        Part("clap", "grid", -14, enters=4, rhythm="....x.......x...", send=0.3),
        Part("shaker", "grid", -19, enters=3, pan=-0.4, rhythm="x.-.o.-.x.-.o.-.", send=0.12),
        Part("swell", "swell", -15, send=0.45),
    ),
)
NIGHT = Style(
    tonic=0,
    scale="dorian",
    meter=4,
    swing=0.07,
    progressions=_chords(
        "i9 bVIImaj7 IV9 i9", "i9 bIIImaj7 IV9 v7", "bVImaj7 bVII6 i9 IV9", "bVImaj7 v7 IV9 bVIImaj7"
    ),
    final="i9",
    motifs=("r2 1 1 4", "3 3 r2"),
    replies=("4 r4", "r2 2 4"),
    endings=("6 r2", "2 4 r2"),
    room_seconds=2.2,
    tune_centre=72,
    parts=(
        Part("music box", "tune", 0, enters=1, send=0.45, shift=12, pan=0.1),
        Part("flute", "tune", -7, enters=4, send=0.45, pan=-0.15),
        Part("electric piano", "comp", -4, rhythm="3 3 r2", send=0.25),
        Part("pad", "hold", -10, send=0.35),
        Part("kalimba", "broken", -12, enters=3, shift=12, pan=0.35, send=0.5),
        Part("sub bass", "bass", -5, enters=1, rhythm="3 1 4", send=0.03),
        Part("kick", "grid", -6, enters=2, rhythm="X.........x.....", send=0.05),
        Part("snap", "grid", -12, enters=2, rhythm="....x.......x...", send=0.35),
        Part("brush", "grid", -18, enters=2, rhythm="x...o...x...o.-.", pan=-0.2, send=0.15),
    ),
)
SUNNY = Style(
    tonic=0,
    scale="major",
    meter=4,
    progressions=_chords(
        "Iadd9 IVmaj7 vi7 V", "Iadd9 IVmaj7 ii7 V", "vi7 iii7 IVmaj7 V", "IVmaj7 I/3 ii7 Vsus4"
    ),
    final="Imaj9",
    motifs=("1 1 2 2 2", "3 1 2 2"),
    replies=("3 3 r2", "2 2 r4"),
    endings=("6 r2", "1 1 4 r2"),
    swing=0.05,
    room_seconds=1.4,
    tune_centre=72,
    parts=(
        Part("kalimba", "tune", 0, enters=1, send=0.3, width=0.15),
        Part("flute", "tune", -5, enters=4, send=0.35, pan=0.15),
        Part("guitar", "picking", -4, pan=-0.3, send=0.15),
        Part("electric piano", "comp", -7, enters=2, rhythm="r2 2 r1 1 2", send=0.2),
        Part("pad", "hold", -13, enters=2, send=0.35),
        Part("bass", "bass", -5, enters=1, rhythm="2 1 1 2 2", send=0.04),
        Part("kick", "grid", -7, enters=2, rhythm="X.......X.......", send=0.05),
        Part("snap", "grid", -12, enters=2, rhythm="....x.......x...", send=0.25),
        Part("shaker", "grid", -19, enters=1, pan=0.35, rhythm="x.-.o.-.x.-.o.-.", send=0.1),
    ),
)
DREAMY = Style(
    tonic=8,
    scale="lydian",
    meter=4,
    progressions=_chords(
        "Imaj7 II/1 Imaj7 vi7", "Imaj7 II/1 iii7 vi7", "vi7 V/7 Imaj7 II/1", "vi7 iii7 II/1 V"
    ),
    final="Imaj9",
    motifs=("6 2", "4 4"),
    replies=("8", "4 r4"),
    endings=("6 r2", "8"),
    room_seconds=3.4,
    tune_centre=71,
    parts=(
        Part("music box", "tune", 0, enters=1, send=0.55),
        Part("strings", "tune", -4, enters=3, send=0.5),
        Part("pad", "hold", -5, send=0.4),
        Part("kalimba", "arpeggio", -7, enters=2, send=0.5, width=0.4),
        Part("piano", "broken", -6, send=0.45, width=0.3),
        Part("sub bass", "bass", -6, enters=1, rhythm="8", send=0.05),
        Part("tom", "grid", -10, enters=3, rhythm="X.......o.......", send=0.45),
        Part("swell", "swell", -17, send=0.5),
    ),
)

STYLES: dict[str, Style] = {
    "uplifting": UPLIFTING,
    "calm": CALM,
    "cinematic": CINEMATIC,
    "playful": PLAYFUL,
    "nostalgic": NOSTALGIC,
    "tender": TENDER,
    "adventure": ADVENTURE,
    "night": NIGHT,
    "sunny": SUNNY,
    "dreamy": DREAMY,
}
