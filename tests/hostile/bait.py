"""Files that would have ffmpeg or Pillow open something else: an address, a file of somebody's, a place to
write.

Each names the address of this machine on which a canary listens, or a file that holds a canary and is a film
of one colour, or a folder in which nothing may appear.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from library import media_types

VIDEO, PHOTO, AUDIO = media_types.VIDEO, media_types.PHOTO, media_types.AUDIO
HLS = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n{there}\n#EXT-X-ENDLIST\n"
DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
    'bandwidth="1"><BaseURL>{there}</BaseURL></Representation></AdaptationSet></Period></MPD>'
)
SDP = (
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\n"
    "a=rtpmap:96 H264/90000\n"
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><image href="{there}"/></svg>'


@dataclass(frozen=True)
class Bait:
    name: str
    content: bytes
    brought_as: str = VIDEO


@dataclass(frozen=True)
class Canary:
    """What baits point at."""

    url: str
    port: int
    file: str
    folder: str


def baits(canary: Canary, film: bytes) -> list[Bait]:
    """Some forty; `film` is a well-formed MP4 that is used as a wrapping."""
    return [
        *_playlists(canary),
        *_scripts(canary),
        *_wrapped(canary, film),
        *_pictures(canary),
        *_names(canary),
    ]


def _playlists(canary: Canary) -> list[Bait]:
    found = []
    for what, there in (
        ("url", canary.url),
        ("file", f"file://{canary.file}"),
        ("path", canary.file),
        ("concat", f"concat:{canary.file}|{canary.url}"),
        ("crypto", f"crypto+{canary.url}"),
        ("subfile", f"subfile,,start,0,end,64,,:{canary.file}"),
        ("tcp", f"tcp://127.0.0.1:{canary.port}"),
        ("data", "data:text/plain;base64,AAAA"),
    ):
        found.append(Bait(f"hls-{what}.mp4", HLS.format(there=there).encode()))
    key = f'#EXT-X-KEY:METHOD=AES-128,URI="{canary.url}"\n'
    keyed = HLS.format(there=canary.file).replace("#EXTINF", key + "#EXTINF")
    found.append(Bait("hls-key.m3u8", keyed.encode()))
    master = f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{canary.url}\n"
    found.append(Bait("hls-master.mov", master.encode()))
    for what, there in (("url", canary.url), ("file", canary.file), ("pattern", f"{canary.folder}/%d.jpg")):
        found.append(Bait(f"concat-{what}.mp4", f"ffconcat version 1.0\nfile '{there}'\n".encode()))
    found.append(Bait("concat-safe.mkv", f"ffconcat version 1.0\nfile {canary.file}\nduration 5\n".encode()))
    found.append(Bait("dash-url.mp4", DASH.format(there=canary.url).encode()))
    found.append(Bait("dash-file.mp4", DASH.format(there=canary.file).encode()))
    found.append(Bait("session.mp4", SDP.format(port=canary.port).encode()))
    found.append(Bait("smil.avi", f'<smil><body><video src="{canary.url}"/></body></smil>'.encode()))
    found.append(Bait("list.mp3", f"#EXTM3U\n{canary.url}\n".encode(), AUDIO))
    found.append(Bait("list.wav", f"ffconcat version 1.0\nfile {canary.file}\n".encode(), AUDIO))
    found.append(Bait("cue.flac", f'FILE "{canary.file}" WAVE\n'.encode(), AUDIO))
    return found


def _scripts(canary: Canary) -> list[Bait]:
    lua = f"movie={canary.file}"
    return [
        Bait("graph.mp4", f"[in]drawtext=textfile={canary.file},{lua}[out]".encode()),
        Bait("words.srt", f"1\n00:00:00,000 --> 00:00:09,000\n<img src={canary.url}>\n".encode()),
        Bait("script.avs", f'DirectShowSource("{canary.file}")'.encode()),
        Bait("xbin.avi", b"XBIN\x1a" + struct.pack("<HHBB", 80, 2, 16, 0) + canary.file.encode()),
        Bait("letter.txt", canary.file.encode() * 4),
    ]


def _wrapped(canary: Canary, film: bytes) -> list[Bait]:
    """Well-formed containers with something else inside."""
    playlist = HLS.format(there=canary.url).encode()
    chunk = b"movi" + b"00dc" + struct.pack("<I", len(playlist)) + playlist
    avi = b"RIFF" + struct.pack("<I", len(chunk) + 12) + b"AVI LIST" + struct.pack("<I", len(chunk)) + chunk
    alias = b"\0\0\0\0alis" + canary.file.encode()
    outside = b"url \0\0\0\0" + canary.url.encode() + b"\0"
    title = f"x':textfile={canary.file}:movie={canary.file}".encode()
    return [
        Bait("gab2.avi", avi),
        Bait("behind.mp4", film + playlist),
        Bait("before.mp4", playlist + film),
        Bait("reference.mov", _with_reference(film, b"url ", outside)),
        Bait("alias.mov", _with_reference(film, b"alis", alias)),
        Bait("title.mp4", film.replace(b"isom", b"qt  ", 1) + _box(b"udta", _box(b"\xa9nam", title))),
        Bait("place.mp4", film + _box(b"moov", _box(b"rmra", _box(b"rmda", _box(b"rdrf", outside))))),
        Bait("list.mkv", b"\x1a\x45\xdf\xa3\x80" + playlist),
    ]


def _pictures(canary: Canary) -> list[Bait]:
    return [
        Bait("link.svg", SVG.format(there=canary.url).encode(), PHOTO),
        Bait("push.jpg", f"push graphic-context\nfill 'url({canary.url})'\npop".encode(), PHOTO),
        Bait("run.eps", f"%!PS-Adobe-3.0 EPSF-3.0\n({canary.file}) (r) file\n".encode(), PHOTO),
        Bait("label.jpg", f"label:@{canary.file}".encode(), PHOTO),
    ]


def _names(canary: Canary) -> list[Bait]:
    """Names that are options or patterns: no program of ours ever sees them."""
    return [
        Bait("-y.mp4", b"\0\0\0\x18ftypisom" + bytes(600)),
        Bait("%d.jpg", b"\xff\xd8\xff\xe0" + bytes(600), PHOTO),
        Bait(f"| touch {canary.folder}/owned.mp4", b"\0\0\0\x18ftypisom" + bytes(600)),
    ]


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def _with_reference(film: bytes, kind: bytes, body: bytes) -> bytes:
    """Its pictures are said to be in another file."""
    return film.replace(b"url \0\0\0\x01", kind + b"\0\0\0\0") + _box(b"dref", body)
