"""Where the servers' files live, and which account may run the servers there.

An ordinary user runs them as itself, inside the data folder.

Postgres refuses to run as root. Root therefore runs both servers as the owner of the data that are there
already, or else as `nobody`; such an account must be able to pass through every folder above the files. Where
it cannot (a clone in root's own home, say), the files live in `/var/lib/echoes/<name>-<digest of the data
folder's path>`, and `servers.place` in the data folder names that folder, so that the data are found again
after the clone was moved.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echoes.embedded import errors

OUTSIDE = Path("/var/lib/echoes")
POINTER = "servers.place"
BELONGS_TO = "belongs-to"
UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Account:
    """An account that root lends to the servers."""

    name: str
    uid: int
    gid: int

    def can(self, test: str, path: Path) -> bool:
        """Ask the kernel, not the permission bits: `test` is -x, -r or -w, tried as this account."""
        command = ["/bin/sh", "-c", f'test {test} "$1"', "sh", str(path)]
        return subprocess.run(command, cwd="/", check=False, **self.options()).returncode == 0

    def options(self) -> dict[str, Any]:
        """Arguments of subprocess that run a program as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True)
class Place:
    """`folder` holds `postgres` and `redis`; `account` runs them, None for the account we are."""

    folder: Path
    account: Account | None

    def options(self) -> dict[str, Any]:
        """Arguments of subprocess that run a program as the place's account."""
        return self.account.options() if self.account else {}

    def give(self, path: Path) -> None:
        """Hand a file or folder that we made to the account."""
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)

    def private_folder(self, name: str) -> Path:
        """A folder that only the account enters; made if it is missing."""
        folder = self.folder / name
        if not folder.exists():
            folder.mkdir(mode=0o700)
            self.give(folder)
        return folder

    def discard(self, name: str) -> None:
        """Delete one server's data."""
        shutil.rmtree(self.folder / name, ignore_errors=True)


def choose(*, data_dir: Path) -> Place:
    """The place that belongs to a data folder; both are made if they are missing."""
    _make(data_dir)
    if os.geteuid() != 0:
        return _own(data_dir)
    account = _account_for(data_dir / "postgres")
    outside = _pointed_at(data_dir)
    if outside:
        return Place(folder=outside, account=_account_for(outside / "postgres"))
    if account.can("-x", data_dir):
        return Place(folder=data_dir, account=account)
    if (data_dir / "postgres").exists():
        raise errors.FolderUnusable(
            f"The database in {data_dir} belongs to '{account.name}', who cannot enter the folders above it "
            f"any more. Allow it (chmod o+x on them), or run make as '{account.name}'."
        )
    return Place(folder=_make_outside(data_dir), account=account)


def remove(*, data_dir: Path) -> None:
    """Delete a data folder with all that the servers keep for it elsewhere. Meant for tests."""
    pointer = data_dir / POINTER
    if pointer.exists():
        outside = Path(pointer.read_text().strip())
        if _owner(outside) == data_dir.resolve():
            shutil.rmtree(outside)
    shutil.rmtree(data_dir)


def _make(data_dir: Path) -> None:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise errors.FolderUnusable(
            f"The data folder {data_dir} cannot be made: {error.strerror}."
        ) from error


def _own(data_dir: Path) -> Place:
    kept = data_dir / "postgres"
    owner = _name(kept if kept.exists() else data_dir)
    ours = not kept.exists() or kept.stat().st_uid == os.geteuid()
    if ours and os.access(data_dir, os.W_OK | os.X_OK) and not (data_dir / POINTER).exists():
        return Place(folder=data_dir, account=None)
    raise errors.FolderUnusable(
        f"The data in {data_dir} belong to '{owner}': another account ran Echoes there. Run make as "
        "that account (root, if it was root), or set DATA_DIR to a folder of your own."
    )


def _name(path: Path) -> str:
    try:
        return path.owner()
    except (KeyError, OSError):
        return "another account"


def _account_for(kept: Path) -> Account:
    uid = kept.stat().st_uid if kept.exists() else 0
    try:
        entry = pwd.getpwuid(uid) if uid else pwd.getpwnam(UNPRIVILEGED)
    except KeyError as error:
        raise errors.FolderUnusable(
            f"Root may not run Postgres, and this machine has no account '{uid or UNPRIVILEGED}' that could."
        ) from error
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def _pointed_at(data_dir: Path) -> Path | None:
    """The place outside that was chosen before. A moved data folder keeps it, a mere copy of one does not."""
    pointer = data_dir / POINTER
    if not pointer.exists():
        return None
    outside = Path(pointer.read_text().strip())
    if not outside.is_dir():
        raise errors.FolderUnusable(
            f"The database was kept in {outside} (says {pointer}), and that folder is gone."
        )
    owner, home = _owner(outside), data_dir.resolve()
    if owner == home:
        return outside
    if (owner / POINTER).exists():
        return None
    (outside / BELONGS_TO).write_text(f"{home}\n")
    return outside


def _owner(outside: Path) -> Path:
    """The data folder that a place outside belongs to."""
    note = outside / BELONGS_TO
    return Path(note.read_text().strip()) if note.exists() else outside


def _make_outside(data_dir: Path) -> Path:
    home = data_dir.resolve()
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    outside = OUTSIDE / f"{home.parent.name or 'root'}-{digest}"
    open_folder(outside)
    (outside / BELONGS_TO).write_text(f"{home}\n")
    (data_dir / POINTER).write_text(f"{outside}\n")
    return outside


def open_folder(folder: Path) -> None:
    """Make a folder below OUTSIDE that every account may pass, whatever the umask."""
    try:
        for path in (OUTSIDE, folder):
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o755)
    except OSError as error:
        raise errors.FolderUnusable(
            f"Root may not run Postgres, '{UNPRIVILEGED}' cannot enter the data folder, and {OUTSIDE} cannot "
            f"be made: {error.strerror}. Set DATA_DIR to a folder that everybody may enter."
        ) from error
