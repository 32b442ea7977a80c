"""Videos and songs in every form that is accepted, in some that are not, and some made to do harm."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path

from echoes.kernel.ffmpeg import run

Files = dict[str, bytes]

PICTURES = ("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=24:duration=0.6")
TONE = ("-f", "lavfi", "-i", "sine=frequency=440:duration=0.6")
QUICK = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")

VIDEOS: dict[str, tuple[str, ...]] = {
    "h264.mp4": (*PICTURES, *TONE, *QUICK, "-c:a", "aac"),
    "silent.mp4": (*PICTURES, *QUICK),
    "fast-start.mp4": (*PICTURES, *TONE, *QUICK, "-movflags", "+faststart"),
    "fragments.mp4": (*PICTURES, *TONE, *QUICK, "-movflags", "frag_keyframe+empty_moov"),
    "hevc.mp4": (*PICTURES, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"),
    "hevc10.mp4": (
        *(*PICTURES, "-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"),
        *("-x265-params", "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"),
    ),
    "mpeg4.mp4": (*PICTURES, *TONE, "-c:v", "mpeg4"),
    "av1.mp4": (*PICTURES, "-c:v", "libsvtav1", "-preset", "12", "-svtav1-params", "lp=1"),
    "prores.mov": (*PICTURES, *TONE, "-c:v", "prores_ks", "-c:a", "pcm_s16le"),
    "mjpeg.mov": (*PICTURES, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p"),
    "h264.mov": (*PICTURES, *TONE, *QUICK, "-metadata", "location=+52.5200+013.4050/"),
    "vp8.webm": (*PICTURES, *TONE, "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"),
    "vp9.webm": (*PICTURES, *TONE, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-c:a", "libvorbis"),
    "h264.mkv": (*PICTURES, *TONE, *QUICK, "-c:a", "flac"),
    "mpeg2.mkv": (*PICTURES, "-c:v", "mpeg2video"),
    "mpeg4.avi": (*PICTURES, *TONE, "-c:v", "mpeg4", "-c:a", "libmp3lame"),
    "mjpeg.avi": (*PICTURES, *TONE, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-c:a", "pcm_s16le"),
    "raw.avi": (*PICTURES, "-c:v", "rawvideo", "-pix_fmt", "bgr24"),
    "odd.mp4": (
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=65x49:rate=24:duration=0.5",
        *QUICK,
        "-pix_fmt",
        "yuv444p",
    ),
    "quick.mp4": ("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=120:duration=0.4", *QUICK),
    "slow.mp4": ("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=2:duration=2", *QUICK),
    "long.mp4": ("-f", "lavfi", "-i", "color=size=64x48:rate=1:duration=620", *QUICK),
    "wide.mp4": (*PICTURES, *QUICK, "-vf", "setsar=2/1"),
    "cover.mp4": (*TONE, "-c:a", "aac"),
    "transport.ts": (*PICTURES, *TONE, *QUICK, "-f", "mpegts"),
    "flash.flv": (*PICTURES, *TONE, *QUICK, "-f", "flv"),
}
SONGS: dict[str, tuple[str, ...]] = {
    "tone.mp3": (*TONE, "-c:a", "libmp3lame"),
    "tone.wav": TONE,
    "float.wav": (*TONE, "-c:a", "pcm_f32le"),
    "adpcm.wav": (*TONE, "-c:a", "adpcm_ms"),
    "tone.flac": TONE,
    "vorbis.ogg": (*TONE, "-c:a", "libvorbis"),
    "opus.ogg": (*TONE, "-c:a", "libopus"),
    "aac.m4a": (*TONE, "-c:a", "aac"),
    "alac.m4a": (*TONE, "-c:a", "alac"),
    "film.mp4": (*PICTURES, *TONE, *QUICK),
}


def originals(recipes: dict[str, tuple[str, ...]]) -> Files:
    """Well-formed files by name, of about half a second."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in recipes.items():
            path = Path(folder, name)
            run.run([*arguments, "-threads", "1", f"file:{path}"], timeout=60)
            found[name] = path.read_bytes()
    return found


def turned(content: bytes, quarters: int) -> bytes:
    """An MP4 that is to be shown so many quarter turns to the right: the matrix in its track's header."""
    matrices = {
        0: (1, 0, 0, 1),
        1: (0, 1, -1, 0),
        2: (-1, 0, 0, -1),
        3: (0, -1, 1, 0),
    }
    a, b, c, d = (number << 16 for number in matrices[quarters])
    # Version 0 of a track's header: the matrix begins 44 bytes behind its name.
    at = content.index(b"tkhd") + 44
    return content[:at] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + content[at + 36 :]


def crafted(videos: Files) -> Files:
    """Files that lie about how long and how large they are."""
    plain = videos["silent.mp4"]
    found: Files = {
        "empty.mp4": b"",
        "zeros.mp4": bytes(4_000),
        "unknown.mp4": plain.replace(b"avc1", b"zzzz").replace(b"avcC", b"zzzC"),
    }
    for name, duration in (("day", 86_400_000), ("never", 2**32 - 1), ("nothing", 0)):
        found[f"lasts-{name}.mp4"] = _with_duration(plain, duration)
    for width, height in ((65_535, 65_535), (8_192, 8_192), (0, 0), (16, 16), (4_097, 100)):
        found[f"is-{width}x{height}.mp4"] = _with_size(plain, width, height)
    for name in ("moov", "mdat", "stco", "stsz", "stts", "trak", "ftyp"):
        at = plain.find(name.encode())
        for size in (0, 1, 7, 2**31, 2**32 - 1):
            found[f"{name}-of-{size}.mp4"] = plain[: at - 4] + struct.pack(">I", size) + plain[at:]
    found["many-samples.mp4"] = _count(plain, b"stsz", 8, 2**31 - 1)
    found["many-times.mp4"] = _count(plain, b"stts", 4, 2**31 - 1)
    found["many-places.mp4"] = _count(plain, b"stco", 4, 2**28)
    found["nested.mp4"] = plain[:32] + b"".join(
        struct.pack(">I", 8 * n + 8) + b"moov" for n in range(3_000, 0, -1)
    )
    return found


def _with_duration(content: bytes, milliseconds: int) -> bytes:
    for box, place in ((b"mvhd", 20), (b"mdhd", 20), (b"tkhd", 24)):
        at = content.index(box) + place
        content = content[:at] + struct.pack(">I", milliseconds) + content[at + 4 :]
    return content


def _with_size(content: bytes, width: int, height: int) -> bytes:
    at = content.index(b"avc1") + 28
    return content[:at] + struct.pack(">HH", width, height) + content[at + 4 :]


def _count(content: bytes, box: bytes, place: int, value: int) -> bytes:
    at = content.index(box) + 4 + place
    return content[:at] + struct.pack(">I", value) + content[at + 4 :]
