"""The person who shows the demo, and the key to it: a random password, kept where only its owner reads it."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from accounts import people
from accounts.models import User

EMAIL = "demo@example.org"
KEY_FILE = "demo_password"


@dataclass(frozen=True)
class Visitor:
    user: User
    password: str


def welcome(*, data_dir: Path) -> Visitor:
    """Makes or finds the person. A password that was lost, or no longer opens the door, is replaced."""
    path = data_dir / KEY_FILE
    password = path.read_text().strip() if path.exists() else ""
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL, name="Demo")
    if not (password and user.check_password(password)):
        password = password or _new_key(path)
        user.set_password(password)
        user.save(update_fields=["password"])
    people.vouch(user=user)
    return Visitor(user, password)


def _new_key(path: Path) -> str:
    password = secrets.token_urlsafe(12)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password)
    return password
