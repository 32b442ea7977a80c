from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from echoes import checkup, stores
from echoes import env as environment
from echoes.env import Env
from echoes.kernel.storage.bucket import Bucket


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Env.model_fields:
        if name.startswith(("s3_", "media_", "cloudfront_")) or name == "storage":
            monkeypatch.delenv(name.upper(), raising=False)


def env(**words: Any) -> Env:
    return Env(_env_file=None, **words)


NAMED = {"storage": "s3", "s3_bucket": "films", "s3_region": "eu-west-1"}


class TestStore:
    def test_is_the_disk_unless_said_otherwise(self) -> None:
        assert stores.store(env(), "films") == {"BACKEND": stores.DISK, "OPTIONS": {"name": "films"}}
        assert (stores.origins(env()), stores.hosts(env())) == ([], [])

    def test_is_the_bucket_that_is_named(self) -> None:
        said = env(**NAMED, s3_access_key="a", s3_secret_key="s", s3_endpoint="https://s3.example.org/")
        made = stores.store(said, "films")
        bucket = Bucket("films", "eu-west-1", "https://s3.example.org", "virtual", "a", "s")
        assert made == {
            "BACKEND": stores.S3,
            "OPTIONS": {"name": "films", "bucket": bucket, "distribution": None},
        }
        assert stores.origins(said) == ["https://films.s3.example.org"]

    def test_without_a_name_leads_nowhere_until_a_run_says_where(self) -> None:
        assert stores.bucket(env(storage="s3")).endpoint == stores.NOWHERE

    def test_lets_pages_show_what_a_distribution_sends(self, tmp_path: Path) -> None:
        (tmp_path / "key.pem").touch()
        said = env(
            **NAMED,
            media_url="https://d1.cloudfront.net/",
            cloudfront_key_id="K1",
            cloudfront_key=tmp_path / "key.pem",
        )
        assert stores.origins(said) == [
            "https://films.s3.eu-west-1.amazonaws.com",
            "https://d1.cloudfront.net",
        ]
        assert stores.store(said, "films")["OPTIONS"]["distribution"].key_id == "K1"

    def test_on_the_disk_may_have_a_name_of_its_own(self) -> None:
        said = env(media_url="https://media.example.org")
        assert stores.hosts(said) == ["media.example.org"]
        assert stores.origins(said) == ["https://media.example.org"]


class TestEnv:
    @pytest.mark.parametrize(
        ("words", "advice"),
        [
            ({"STORAGE": "tape"}, "STORAGE: "),
            ({"S3_ACCESS_KEY": "a"}, "S3_ACCESS_KEY and S3_SECRET_KEY go together"),
            ({"CLOUDFRONT_KEY_ID": "K1"}, "CLOUDFRONT_KEY_ID and CLOUDFRONT_KEY go together"),
            ({"CLOUDFRONT_KEY_ID": "K1", "CLOUDFRONT_KEY": "a.pem"}, "CLOUDFRONT_KEY needs STORAGE=s3"),
            (
                {
                    "CLOUDFRONT_KEY_ID": "K1",
                    "CLOUDFRONT_KEY": "a.pem",
                    "STORAGE": "s3",
                    "MEDIA_URL": "https://a",
                },
                "there is no file a.pem",
            ),
            ({"STORAGE": "s3", "MEDIA_URL": "https://a"}, "MEDIA_URL with STORAGE=s3 needs"),
        ],
    )
    def test_gives_advice_about_what_does_not_fit(
        self, monkeypatch: pytest.MonkeyPatch, words: dict[str, str], advice: str
    ) -> None:
        for name, value in words.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit, match=advice):
            environment.load()


class TestCheckup:
    def media(self, **words: Any) -> checkup.Finding:
        return next(found for found in checkup.examine(env(**words)) if found.name == "media")

    def test_says_that_media_are_on_the_disk(self, tmp_path: Path) -> None:
        assert str(tmp_path / "media") in self.media(data_dir=tmp_path).found

    def test_says_that_the_embedded_bucket_is_not_up(self, tmp_path: Path) -> None:
        found = self.media(data_dir=tmp_path, storage="s3")
        assert found.present
        assert "not running now" in found.found

    def test_asks_a_bucket_that_is_named(self, tmp_path: Path) -> None:
        found = self.media(
            **NAMED,
            data_dir=tmp_path,
            s3_endpoint=stores.NOWHERE,
            s3_addressing="path",
            s3_access_key="a",
            s3_secret_key="s",
        )
        assert found.stops
        assert stores.NOWHERE in found.found
