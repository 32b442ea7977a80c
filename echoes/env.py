"""What a deployment decides: every environment variable that Echoes reads, with its meaning.

`.env.example` and the README's table are written from this class, so nothing can be read that is not
documented. A wrong value stops the start with advice.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Env(BaseSettings):
    model_config = SettingsConfigDict(env_file=ROOT / ".env", extra="ignore", env_ignore_empty=True)

    debug: bool = Field(False, description="Show technical error pages. Never on a public address.")
    secret_key: str = Field(
        "", description="Signs sessions and media links. Left empty, one is made and kept in DATA_DIR."
    )
    public_url: str = Field(
        "", description="The address people use, such as https://films.example.org. Empty: this machine only."
    )
    port: int = Field(8000, ge=1, le=65535, description="The port that `make run` serves on.")
    data_dir: Path = Field(
        ROOT / ".data", description="Where photos, films, mail and the embedded servers keep their files."
    )
    database_url: str = Field(
        "", description="postgresql://user:password@host:port/name. Empty: the embedded Postgres."
    )
    redis_url: str = Field("", description="redis://host:port/0. Empty: the embedded Redis.")
    smtp_url: str = Field(
        "", description="smtp://user:password@host:587. Empty: mail goes to files, listed at /mail/."
    )
    mail_from: str = Field("Echoes <echoes@localhost>", description="The sender of Echoes' mail.")
    running_per_owner: int = Field(
        4, ge=1, description="How many jobs of one person may run at the same time."
    )
    upload_max_mb: int = Field(64, ge=1, description="The largest single photo or song, in megabytes.")


def load() -> Env:
    """Read the environment; a wrong value ends the process with advice."""
    try:
        return Env()
    except ValidationError as error:
        problems = (f"  {'.'.join(map(str, item['loc'])).upper()}: {item['msg']}" for item in error.errors())
        sys.exit("Echoes cannot start, these settings are wrong:\n" + "\n".join(problems))


def secret_key(env: Env) -> str:
    """The configured key, or one made once and kept with the data."""
    if env.secret_key:
        return env.secret_key
    path = env.data_dir / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()
