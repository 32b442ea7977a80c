"""The one way in which every picture of a film is encoded.

A film is joined from packets of many files, so that only what changed is encoded again.
That works because all of them carry the same H.264 parameter sets, byte for byte. What
the parameter sets depend on is therefore pinned here, and nowhere else:

- `stitchable` keeps the CRF out of the PPS, so bodies and windows may differ in quality;
- `ref`, `weightp` and `8x8dct` would follow the preset, so they are given;
- psy-rd lowers the chroma QP offset by two from subme 6 on: `veryfast` is told to do the same;
- the level, the aspect of a pixel and the colour tags would follow the input.

One thread and `bitexact` make the same input give the same bytes, so a file can be known
by the digest of what it was made from.
"""

from __future__ import annotations

from echoes.kernel import media_time
from echoes.kernel.shapes import Size

# Enters every digest of an encoded file: change it whenever the bytes would change.
VERSION = "h264-2"

COLOUR_FILTER = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
# The same, as H.264 numbers them.
LIMITED_RANGE, BT709 = 1, 1
# The end of every filter chain whose pictures are already bt709 YUV.
YUV_FILTER = f"format=yuv420p,setsar=1,{COLOUR_FILTER}"
# The end of every filter chain that starts from RGB: converts to bt709, and only then labels it.
RGB_FILTER = (
    f"scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int,{YUV_FILTER}"
)
# Decode order runs this many frames ahead of display order (B-frames in a pyramid).
REORDER_FRAMES = 2

# What these were chosen by is in docs/adr/0011.
PINS = (
    "stitchable=1:ref=3:bframes=5:b-pyramid=2:weightp=1:cabac=1:8x8dct=1:open-gop=0:scenecut=0"
    ":keyint=infinite:min-keyint=1:rc-lookahead=60:aq-mode=2:aq-strength=0.7"
)
# A window is encoded a second time: `veryfast` with a trellis keeps fine grain nearly as `medium` does.
WINDOW = f"{PINS}:chroma-qp-offset=-2:trellis=1"
# Key frames nearer than this cost bytes and buy nothing.
NEAREST_KEYS = 6
# Further apart, and a player would be slow to find its place. Each costs a film of clips of 5 s some 9 %.
SECONDS_BETWEEN_KEYS = 3


# The least level of H.264 that may have pictures of so many macroblocks, at up to 30 a second.
LEVELS = ((8_192, "4.0"), (8_704, "4.2"), (36_864, "5.2"))


def form(*, size: Size, fps: int, version: str = VERSION) -> str:
    """What files have in common whose packets can stand in one film."""
    return f"{version} {size.width}x{size.height} {fps}"


def key_frames(*, fps: int, frames: int) -> tuple[int, ...]:
    """Frames at which a mezzanine of that many frames can be cut: ascending, the first is 0.

    Half a second from each end, where transitions fall, and never more than three seconds
    apart. A pure function of its arguments: plans are made without opening files.
    """
    if frames < 1:
        raise ValueError(f"a mezzanine has at least one frame, not {frames}")
    half = fps // 2
    keys = [0]
    for key in (half, *_middle(fps=fps, frames=frames), frames - half):
        if key - keys[-1] >= NEAREST_KEYS and frames - key >= NEAREST_KEYS:
            keys.append(key)
    return tuple(keys)


def mezzanine_arguments(*, size: Size, fps: int, frames: int) -> list[str]:
    """Output options for a film's raw material: silent, exactly `frames` long, cut at `key_frames`.

    The caller's filter chain ends with `YUV_FILTER` or `RGB_FILTER` and gives at least `frames` pictures.
    """
    keys = "+".join(f"eq(n,{key})" for key in key_frames(fps=fps, frames=frames))
    return [
        *("-frames:v", str(frames)),
        *_encoder(size=size, preset="medium", crf="21", parameters=PINS),
        *("-force_key_frames", f"expr:{keys}", "-forced-idr", "1"),
        *_container(fps=fps),
    ]


def window_options(*, size: Size) -> dict[str, str]:
    """Of libx264, for a window: it is encoded a second time, so it is encoded finer."""
    return {"preset": "veryfast", "crf": "19", "level": _level(size), "x264-params": WINDOW}


def window_arguments(*, size: Size, fps: int) -> list[str]:
    """Output options that make of the same pictures what `window_options` make of them."""
    options = window_options(size=size)
    return [
        *_encoder(size=size, preset=options["preset"], crf=options["crf"], parameters=WINDOW),
        *_container(fps=fps),
    ]


def _middle(*, fps: int, frames: int) -> list[int]:
    """Evenly spread keys between the half second at the start and the one at the end."""
    half = fps // 2
    room = frames - 2 * half
    gaps = -(-room // (SECONDS_BETWEEN_KEYS * fps))
    return [half + room * gap // gaps for gap in range(1, gaps)]


def _level(size: Size) -> str:
    blocks = -(-size.width // 16) * -(-size.height // 16)
    return next(level for most, level in LEVELS if blocks <= most)


def _encoder(*, size: Size, preset: str, crf: str, parameters: str) -> list[str]:
    return [
        *("-c:v", "libx264", "-preset", preset, "-crf", crf, "-profile:v", "high"),
        *("-level:v", _level(size)),
        *("-pix_fmt", "yuv420p", "-threads", "1", "-x264-params", parameters),
    ]


def _container(*, fps: int) -> list[str]:
    # x264 leaves a note of its settings in an SEI, which would differ from piece to piece: type 6 is dropped.
    return [
        *("-bsf:v", "filter_units=remove_types=6", "-fps_mode", "cfr", "-r", str(fps)),
        *("-video_track_timescale", str(media_time.TICKS_PER_SECOND)),
        # Durations in the header are counted in this; the usual milliseconds would round them.
        *("-movie_timescale", str(media_time.TICKS_PER_SECOND), "-an", "-map_metadata", "-1"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-f", "mp4"),
    ]
