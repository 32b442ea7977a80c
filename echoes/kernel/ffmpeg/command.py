"""How ffmpeg is named, and how paths and numbers are written for it."""

from __future__ import annotations

import functools
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]

# Containers that a stranger's file may be. Playlists are left out on purpose: a "video"
# that is really a list of other files would make the demuxer read those files.
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mp3,wav,flac,ogg,aac,aiff,avi,mpegts"
# Input options for a file of ours, which was made of what strangers brought.
GUARD = ("-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS)

# Decoders that a stranger's file may make use of: what cameras, phones, browsers and editors write.
CODECS = (
    "h264,hevc,libdav1d,av1,libaom-av1,vp8,vp9,libvpx,libvpx-vp9,mpeg4,mpeg2video,mpeg1video,h263,mjpeg,prores,"
    "dnxhd,cfhd,theora,msmpeg4v3,dvvideo,qtrle,rawvideo,"
    "aac,mp3float,mp3,ac3,eac3,opus,libopus,vorbis,libvorbis,flac,alac,amrnb,amrwb,libopencore_amrnb,"
    "libopencore_amrwb,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,"
    "pcm_f64le,pcm_u8,pcm_s8,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt"
)
# More than any picture that is accepted has, and than any buffer needs.
MAX_PIXELS, MAX_ALLOCATED, MAX_STREAMS = 40_000_000, 512 * 1024 * 1024, 64


@functools.cache
def executable() -> str:
    """The ffmpeg that comes with the Python package; raises RuntimeError where there is none."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def guarded(demuxer: str) -> tuple[str, ...]:
    """Input options for a file that a stranger brought: it is read by this demuxer, whatever it looks like,
    and opens no other file. Without a demuxer it is a file of ours."""
    if not demuxer:
        return GUARD
    return (
        *("-f", demuxer, "-format_whitelist", demuxer, "-protocol_whitelist", "file"),
        *("-codec_whitelist", CODECS, "-max_pixels", str(MAX_PIXELS), "-max_alloc", str(MAX_ALLOCATED)),
        *("-max_streams", str(MAX_STREAMS)),
    )


def address(path: Path) -> str:
    """A path that ffmpeg takes for a file whatever its name looks like (`-y.mp4`, `http:x`)."""
    return f"file:{path.absolute()}"


def decimal(seconds: Fraction | int) -> str:
    """Seconds in whole microseconds, which is all that ffmpeg keeps of a time."""
    microseconds = round(seconds * 1_000_000)
    sign = "-" if microseconds < 0 else ""
    whole, rest = divmod(abs(microseconds), 1_000_000)
    return f"{sign}{whole}.{rest:06d}"
