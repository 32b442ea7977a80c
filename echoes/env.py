"""What a deployment decides: every environment variable that Echoes reads, with its meaning.

`.env.example` and the README's table are written from this class, so nothing can be read that is not
documented. A wrong value stops the start with advice.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Env(BaseSettings):
    model_config = SettingsConfigDict(env_file=ROOT / ".env", extra="ignore", env_ignore_empty=True)

    debug: bool = Field(False, description="Show technical error pages. Never on a public address.")
    secret_key: str = Field("", description="Signs sessions. Left empty, one is made and kept in DATA_DIR.")
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
    storage: Literal["disk", "s3"] = Field(
        "disk",
        description="Where media are kept: `disk`, below DATA_DIR, or `s3`, in a bucket. They do not move by "
        "themselves when this changes.",
    )
    s3_bucket: str = Field("", description="The bucket. Empty with STORAGE=s3: the embedded S3 server.")
    s3_region: str = Field("us-east-1", description="The region of the bucket.")
    s3_endpoint: str = Field(
        "", description="The address of a store that speaks S3, as browsers reach it. Empty: Amazon's."
    )
    s3_addressing: Literal["virtual", "path"] = Field(
        "virtual", description="Whether the bucket's name is part of the host or of the path."
    )
    s3_access_key: str = Field(
        "",
        description="With S3_SECRET_KEY the key to the bucket. Both empty: what boto3 finds, a role maybe.",
    )
    s3_secret_key: str = Field("", description="See S3_ACCESS_KEY.")
    media_url: str = Field(
        "",
        description="Where browsers get media, if from an address of its own: a CloudFront distribution in "
        "front of the bucket, or another name of this site.",
    )
    media_keys: str = Field(
        "",
        description="Secrets that sign links to media on the disk, with commas between: the first signs, any "
        "is believed. Empty: SECRET_KEY.",
    )
    media_cache_mb: int = Field(
        2048, ge=0, description="How much of a bucket each machine keeps at hand in DATA_DIR, in megabytes."
    )
    cloudfront_key_id: str = Field("", description="The id that CloudFront gave to the public key.")
    cloudfront_key: Path | None = Field(
        None, description="The PEM file of the private key (P-256, or RSA) that signs CloudFront's links."
    )
    smtp_url: str = Field(
        "", description="smtp://user:password@host:587. Empty: mail goes to files, listed at /mail/."
    )
    mail_from: str = Field("Echoes <echoes@localhost>", description="The sender of Echoes' mail.")
    google_client_id: str = Field(
        "", description="With GOOGLE_CLIENT_SECRET: people may sign in with Google. Empty: no such button."
    )
    google_client_secret: str = Field("", description="See GOOGLE_CLIENT_ID.")
    google_url: str = Field("", description="Who is asked instead of Google: for tests.")
    runwayml_api_secret: str = Field("", description="Runway's key. Empty: none of its models is offered.")
    runwayml_base_url: str = Field("", description="Who is asked instead of Runway: for tests.")
    replicate_api_token: str = Field("", description="Replicate's key. Empty: none of its models is offered.")
    replicate_base_url: str = Field("", description="Who is asked instead of Replicate: for tests.")
    openai_api_key: str = Field("", description="OpenAI's key. Empty: none of its models is offered.")
    openai_base_url: str = Field("", description="Who is asked instead of OpenAI: for tests.")
    matting_model: Path | None = Field(
        None,
        description="An ONNX file in ISNet's form that cuts things out of photos on this machine. The "
        "licence of its weights is yours to settle: see docs/operations.md. Empty: without trained weights.",
    )
    service_balance_low_usd: float = Field(
        10,
        ge=0,
        description="Staff are warned when less than that is left of ours at a service, in US dollars.",
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        description="How many proxies of yours stand before Echoes. Each appends to X-Forwarded-For the "
        "address that it was asked from; 0: that header is not believed.",
    )
    running_per_owner: int = Field(
        4, ge=1, description="How many jobs of one person may run at the same time."
    )
    away_per_owner: int = Field(
        40, ge=1, description="How many jobs of one person AI services may have at the same time."
    )
    upload_max_mb: int = Field(64, ge=1, description="The largest single photo or song, in megabytes.")
    video_max_mb: int = Field(5120, ge=1, description="The largest single video, in megabytes.")
    storage_quota_mb: int = Field(
        51200, ge=1, description="How much each person may bring in all, in megabytes: photos, songs, videos."
    )
    stripe_secret_key: str = Field(
        "",
        pattern="^((sk|rk)_(test|live)_.+)?$",
        description="Lets people buy credits by Stripe. Empty: buying is off, and staff grant credits.",
    )
    stripe_webhook_secrets: str = Field(
        "",
        description="The secrets (whsec_…) of the webhook endpoint, with commas between while one is "
        "exchanged.",
    )
    stripe_api_base: str = Field(
        "", description="Another address than Stripe's own: a stand-in, to try buying without money."
    )
    credits_currency: str = Field(
        "usd", pattern="^[a-z]{3}$", description="The currency of packs that staff make."
    )

    @property
    def is_s3_embedded(self) -> bool:
        """Whether the bucket is that of the S3 server that Echoes starts itself."""
        return self.storage == "s3" and not self.s3_bucket

    @model_validator(mode="after")
    def _stripe_fits(self) -> Self:
        if bool(self.stripe_secret_key) != bool(self.stripe_webhook_secrets):
            raise ValueError("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRETS go together: set both or none")
        if self.stripe_api_base and "_live_" in self.stripe_secret_key:
            raise ValueError("STRIPE_API_BASE is for a stand-in: never send it a live key")
        return self

    @model_validator(mode="after")
    def _google_fits(self) -> Self:
        if bool(self.google_client_id) != bool(self.google_client_secret):
            raise ValueError("GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET go together: set both or none")
        return self

    @model_validator(mode="after")
    def _media_fit(self) -> Self:
        if bool(self.s3_access_key) != bool(self.s3_secret_key):
            raise ValueError("S3_ACCESS_KEY and S3_SECRET_KEY go together: set both or none")
        if bool(self.cloudfront_key_id) != bool(self.cloudfront_key):
            raise ValueError("CLOUDFRONT_KEY_ID and CLOUDFRONT_KEY go together: set both or none")
        if self.cloudfront_key and not (self.media_url and self.storage == "s3"):
            raise ValueError("CLOUDFRONT_KEY needs STORAGE=s3, and MEDIA_URL with the distribution's address")
        if self.cloudfront_key and not self.cloudfront_key.is_file():
            raise ValueError(f"CLOUDFRONT_KEY: there is no file {self.cloudfront_key}")
        if self.storage == "s3" and self.media_url and not self.cloudfront_key:
            raise ValueError("MEDIA_URL with STORAGE=s3 needs CLOUDFRONT_KEY_ID and CLOUDFRONT_KEY")
        return self


def load() -> Env:
    """Read the environment; a wrong value ends the process with advice."""
    try:
        return Env()
    except ValidationError as error:
        problems = (f"  {_place(item['loc'])}{item['msg']}" for item in error.errors())
        sys.exit("Echoes cannot start, these settings are wrong:\n" + "\n".join(problems))


def _place(where: tuple[int | str, ...]) -> str:
    """The variable at fault; several at once are named by the message."""
    return f"{'.'.join(map(str, where)).upper()}: " if where else ""


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
