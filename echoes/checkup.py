"""What this machine has of what Echoes can use, and what each missing thing switches off.

Every look is made without the others, so that one broken part never hides the rest.
"""

from __future__ import annotations

import importlib.util
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

from echoes import stores
from echoes.embedded import binaries, errors, seaweedfs, servers
from echoes.env import Env
from echoes.kernel import sandbox
from echoes.kernel.ffmpeg import command as ffmpeg
from echoes.kernel.storage.bucket import Bucket
from providers.capabilities import Capability
from providers.local import faces, studio, weights

ANSWER_SECONDS = 5
DISK_WANTED = 2 * 1024**3
DISK_NEEDED = 200 * 1024**2
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# name: what holds its key, and its address where that is not the service's own.
SERVICES = {
    "runway": ("runwayml_api_secret", "runwayml_base_url"),
    "replicate": ("replicate_api_token", "replicate_base_url"),
    "openai": ("openai_api_key", "openai_base_url"),
}
# The model of each capability that is used where nobody chooses.
FIRST = """
    SELECT DISTINCT ON (capability) capability, title FROM providers_model
    WHERE is_on AND provider = ANY(%s) ORDER BY capability, is_default DESC, position, slug
"""
FONTS = ("fontpkg_fraunces", "fontpkg_figtree", "manimgx_fonts", "cvttf_NotoSansCJK_Regular")
LOCALLY = {
    Capability.MOTION: "No clips, unless a service makes them.",
    Capability.MUSIC: "No music of Echoes' own, unless a service makes it.",
    Capability.WRITER: "No titles and no better prompts are proposed, unless by a service.",
    Capability.EYES: "No ideas of how a photo might move, unless a service has them.",
    Capability.CUTOUT: "Nothing is cut out, unless by a service.",
    Capability.MODERATION: "Photos are not looked at before they go to a service, unless by one.",
}
# A process that may take 512 MB must not get 1 GB.
LIMITS = (
    "import resource as r; r.setrlimit(r.RLIMIT_AS, (1 << 29, 1 << 29))\n"
    "try: bytearray(1 << 30)\n"
    "except MemoryError: raise SystemExit(0)\n"
    "raise SystemExit(1)"
)


class Missing(Exception):
    """Something is not there; the text says what was seen instead."""


@dataclass(frozen=True)
class Look:
    """`look` returns what was found or raises; `without` says what the lack of it switches off."""

    name: str
    look: Callable[[Env], str]
    without: str
    essential: bool = False


@dataclass(frozen=True)
class Finding:
    """What one look brought; `stops` means that Echoes cannot work like this."""

    name: str
    present: bool
    found: str
    without: str
    stops: bool


def examine(env: Env) -> list[Finding]:
    """All looks, in the order of LOOKS."""
    return [_finding(look, env) for look in LOOKS]


def _finding(look: Look, env: Env) -> Finding:
    try:
        found, present = look.look(env), True
    except Exception as error:  # the edge of the examination: whatever breaks is what it is to report
        found, present = _first_line(error), False
    return Finding(
        name=look.name,
        present=present,
        found=found,
        without="" if present else look.without,
        stops=look.essential and not present,
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _python(_: Env) -> str:
    return f"{platform.python_version()} at {sys.executable}"


def _ffmpeg(_: Env) -> str:
    words = _said_by(ffmpeg.executable(), "-version").split()
    return f"{words[2]} at {ffmpeg.executable()}"


def _postgres(env: Env) -> str:
    running = servers.current(env.data_dir)
    url = env.database_url or (running.database if running else "")
    if not url:
        found = binaries.installed().postgres / "postgres"
        return f"{_said_by(str(found), '--version').split()[-1]}, embedded; not running now"
    with psycopg.connect(url, connect_timeout=ANSWER_SECONDS) as connection:
        version = connection.info.parameter_status("server_version")
        vector = "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'"
        row = connection.execute(vector).fetchone()
    if not row:
        raise Missing(f"{version} answers, but it has no pgvector")
    whose = "of DATABASE_URL" if env.database_url else "embedded"
    return f"{version} with pgvector {row[0]}, {whose}; running"


def _redis(env: Env) -> str:
    running = servers.current(env.data_dir)
    url = env.redis_url or (running.redis if running else "")
    if not url:
        words = _said_by(str(binaries.installed().redis), "--version").split()
        return f"{words[2].removeprefix('v=')}, embedded; not running now"
    with redis.from_url(url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS) as client:
        version = client.info("server")["redis_version"]
    return f"{version}, {'of REDIS_URL' if env.redis_url else 'embedded'}; running"


def _media(env: Env) -> str:
    """The bucket that is named, else the embedded one of a run that is up."""
    running = servers.current(env.data_dir)
    told = running.s3 if running else ""
    chosen = "storage" in env.model_fields_set
    if env.storage == "disk" and (chosen or not told):
        return f"on the disk, at {env.data_dir / 'media'}"
    if env.s3_bucket:
        return _bucket(stores.bucket(env), "S3_BUCKET")
    if told:
        return _bucket(seaweedfs.bucket(told), "embedded")
    return f"in a bucket of {binaries.seaweedfs().name}, embedded; not running now"


def _bucket(found: Bucket, whose: str) -> str:
    from echoes.kernel.storage import connection

    connection.impatient(found).head_bucket(Bucket=found.name)
    return f"in the bucket {found.name} at {found.origin}, {whose}; it answers"


def _data(env: Env) -> str:
    free = _free(env.data_dir.absolute())
    if free < DISK_NEEDED:
        raise Missing(f"only {_size(free)} free at {env.data_dir}")
    return f"{_size(free)} free at {env.data_dir}"


def _room(env: Env) -> str:
    free = _free(env.data_dir.absolute())
    if free < DISK_WANTED:
        raise Missing(f"{_size(free)} free, and {_size(DISK_WANTED)} are wise")
    return "enough for some hundred films"


def _faces(_: Env) -> str:
    if not faces.available():
        raise Missing("not installed")
    return f"weights at {faces.model_path()}"


def _local(capability: Capability) -> Callable[[Env], str]:
    """Whether the local studio has that, down to the digest of its weights."""

    def look(_: Env) -> str:
        why = studio.available()[capability]
        if why:
            raise Missing(why.rstrip("."))
        needed = studio.MAKERS[capability].weights
        if needed:
            weights.packaged(needed)
        return studio.MAKERS[capability].note.rstrip(".")

    return look


def _matting(env: Env) -> str:
    if env.matting_model is None:
        raise Missing("MATTING_MODEL is not set")
    weights.session(path=env.matting_model)
    return f"weights at {env.matting_model}"


def _heic(_: Env) -> str:
    import pillow_heif

    return f"libheif {pillow_heif.libheif_version()}"


def _skia(_: Env) -> str:
    import skia

    return str(skia.__version__)


def _fonts(_: Env) -> str:
    lacking = [name for name in FONTS if importlib.util.find_spec(name) is None]
    if lacking:
        raise Missing(f"without {', '.join(lacking)}")
    return "Fraunces, Figtree, Noto with CJK"


def _limits(_: Env) -> str:
    done = subprocess.run([sys.executable, "-c", LIMITS], capture_output=True, check=False)
    if done.returncode != 0:
        raise Missing("this system does not enforce limits")
    return "a process can be limited"


def _walls(_: Env) -> str:
    """A reader is run against its walls."""
    with tempfile.TemporaryDirectory() as place, socket.create_server(("127.0.0.1", 0)) as server:
        folder, secret = Path(place, "own"), Path(place, "secret")
        folder.mkdir()
        secret.write_bytes(b"x")
        found = sandbox.call(
            "echoes.kernel.walls:examined",
            arguments={
                "address": list(server.getsockname()),
                "secret": str(secret),
                "outside": str(Path(place, "outside")),
            },
            folder=folder,
        )
    stand = ", ".join(found["walls"]) or "no walls"
    if found["escapes"]:
        raise Missing(f"{stand}; a reader can still do this: {', '.join(found['escapes'])}")
    return f"each reader has {stand}"


def _smtp(env: Env) -> str:
    if not env.smtp_url:
        raise Missing("SMTP_URL is not set")
    return "SMTP_URL is set"


def _stripe(env: Env) -> str:
    if not env.stripe_secret_key:
        raise Missing("STRIPE_SECRET_KEY is not set")
    return "live: real money moves" if "_live_" in env.stripe_secret_key else "in test mode"


def _google(env: Env) -> str:
    if not env.google_client_id:
        raise Missing("GOOGLE_CLIENT_ID is not set")
    return "GOOGLE_CLIENT_ID is set"


def _service(name: str) -> Callable[[Env], str]:
    """Whether an AI service is connected: by the same settings that everything reads."""
    key_name, address_name = SERVICES[name]

    def look(env: Env) -> str:
        if not getattr(env, key_name):
            raise Missing(f"{key_name.upper()} is not set")
        address = getattr(env, address_name)
        return _connected(address, key_name.upper())

    return look


def _connected(address: str, key_name: str) -> str:
    if not address:
        return f"connected: {key_name} is set; nothing was asked of it"
    if urlsplit(address).hostname in ("127.0.0.1", "localhost", "::1"):
        return f"simulated, at {address}"
    return f"connected by {address}"


def _capabilities(env: Env) -> str:
    """Whose model stands first for each: read without Django, so that nothing else has to be right."""
    running = servers.current(env.data_dir)
    url = env.database_url or (running.database if running else "")
    if not url:
        return "told while Echoes runs"
    theirs = [name for name, (key, _) in SERVICES.items() if getattr(env, key)]
    with psycopg.connect(url, connect_timeout=ANSWER_SECONDS) as connection:
        rows = connection.execute(FIRST, [["local", *theirs]]).fetchall()
    return ", ".join(f"{capability} by {title}" for capability, title in rows) or "nothing is on"


def _browser(_: Env) -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        raise Missing(f"none of {', '.join(BROWSERS)}")
    return found


def _said_by(program: str, *arguments: str) -> str:
    """What a program says of itself; ProgramMissing if it cannot be run."""
    try:
        return subprocess.run(
            [program, *arguments], capture_output=True, text=True, check=True, timeout=ANSWER_SECONDS * 2
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise errors.ProgramMissing(f"{Path(program).name} cannot be run: {error}") from error


def _free(folder: Path) -> int:
    """Bytes on the disk of a folder that may have to be made yet."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def _size(count: int) -> str:
    return f"{count / 1024**3:.1f} GB"


LOOKS = (
    Look("Python", _python, "Echoes does not start.", essential=True),
    Look("ffmpeg", _ffmpeg, "No clips, no music and no films.", essential=True),
    Look("Postgres with pgvector", _postgres, "Echoes does not start.", essential=True),
    Look("Redis", _redis, "No job is carried out, and pages do not move by themselves.", essential=True),
    Look("media", _media, "Nothing can be uploaded, made or shown.", essential=True),
    Look("data folder", _data, "Nothing can be uploaded or made.", essential=True),
    Look("disk space", _room, "Long films may fail for want of room."),
    Look("Skia", _skia, "No title cards.", essential=True),
    Look("fonts", _fonts, "Titles in some scripts, or the pages, show other letters."),
    Look("face detector", _faces, "The camera follows what stands out, and may miss a face."),
    *(Look(f"local {capability}", _local(capability), without) for capability, without in LOCALLY.items()),
    Look(
        "trained cut-out", _matting, "Things are cut out without trained weights: well before a plain ground."
    ),
    Look("HEIC", _heic, "Photos straight from an iPhone are refused."),
    Look("limits for strangers' files", _limits, "A malicious photo could fill the memory."),
    Look(
        "walls for strangers' files",
        _walls,
        "A malicious photo that takes over its reader could do what is listed. Linux 5.13 has all walls.",
    ),
    Look("SMTP", _smtp, "Mail goes to files, which /mail/ lists on this machine."),
    Look("Stripe", _stripe, "Credits are not sold; staff give them."),
    Look("signing in with Google", _google, "People sign up with an address and a password alone."),
    *(
        Look(title, _service(name), "None of its models is offered.")
        for name, title in (("runway", "Runway"), ("replicate", "Replicate"), ("openai", "OpenAI"))
    ),
    Look("who makes what", _capabilities, "Models are not known."),
    Look("Chromium", _browser, "Only for developers: the tests in a browser do not run."),
)
