"""Our signers, held to botocore's answers."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from echoes.kernel.storage import cloudfront, connection, sigv4
from echoes.kernel.storage.bucket import Bucket, Distribution

AT = 1_795_230_000
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
BUCKETS = [
    Bucket(name="echoes", region="eu-central-1", access_key=KEY, secret_key=SECRET),
    Bucket(name="echoes", region="cn-north-1", access_key=KEY, secret_key=SECRET),
    Bucket(name="ec.ho.es", region="eu-west-3", addressing="path", access_key=KEY, secret_key=SECRET),
    Bucket("echoes", "us-east-1", "http://127.0.0.1:8333", "path", KEY, SECRET),
    Bucket("echoes", "garage", "https://s3.example.org", "virtual", KEY, SECRET),
]
KEYS = ["films/1/a.mp4", "photos/1/a b+é~(1).jpg", "films/1/100%/夏&x=1?#.mp4", "films/a//b", "films/'!*"]


@pytest.fixture(params=BUCKETS, ids=lambda bucket: f"{bucket.region} {bucket.addressing}")
def bucket(request: pytest.FixtureRequest) -> Bucket:
    found: Bucket = request.param
    return found


@pytest.fixture
def then(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore believes that it is AT."""
    moment = datetime.fromtimestamp(AT, UTC)
    for name in ("botocore.auth.get_current_datetime", "botocore.signers.get_current_datetime"):
        monkeypatch.setattr(name, lambda remove_tzinfo=True: moment.replace(tzinfo=None))


def signer(bucket: Bucket, token: str = "") -> sigv4.Signer:
    who = sigv4.Credentials(KEY, SECRET, token)
    return sigv4.Signer(bucket_url=bucket.url, region=bucket.region, credentials=lambda: who)


def theirs(bucket: Bucket, token: str = "") -> Any:
    session = boto3.Session(KEY, SECRET, token or None, region_name=bucket.region)
    return session.client("s3", endpoint_url=bucket.endpoint or None, config=connection.config(bucket))


def facts(url: str) -> tuple[str, str, dict[str, str]]:
    parts = urlsplit(url)
    return parts.netloc, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True))


@pytest.mark.usefixtures("then")
class TestUrl:
    def test_is_what_botocore_says(self, bucket: Bucket) -> None:
        client, own = theirs(bucket), signer(bucket)
        for key in KEYS:
            words = {"Bucket": bucket.name, "Key": key}
            said = client.generate_presigned_url("get_object", Params=words, ExpiresIn=3600)
            assert facts(own.url(key, at=AT, seconds=3600)) == facts(said)

    def test_of_many_is_what_each_alone_would_be(self, bucket: Bucket) -> None:
        for token in ("", "to/ken=="):
            own = signer(bucket, token)
            sign = own.reader(at=AT, seconds=3600)
            assert [sign(key) for key in KEYS] == [own.url(key, at=AT, seconds=3600) for key in KEYS]

    def test_names_a_download(self, bucket: Bucket) -> None:
        name = "attachment; filename*=utf-8''%C3%A9 a~b.mp4"
        words = {"Bucket": bucket.name, "Key": KEYS[0], "ResponseContentDisposition": name}
        said = theirs(bucket).generate_presigned_url("get_object", Params=words, ExpiresIn=60)
        query = {"response-content-disposition": name}
        assert facts(signer(bucket).url(KEYS[0], at=AT, seconds=60, query=query)) == facts(said)

    def test_takes_a_part_of_one_size(self, bucket: Bucket) -> None:
        words = {
            "Bucket": bucket.name, "Key": KEYS[1], "PartNumber": 7, "UploadId": "a/b+c", "ContentLength": 5,
        }  # fmt: skip
        said = theirs(bucket).generate_presigned_url("upload_part", Params=words, ExpiresIn=60)
        made = signer(bucket).url(
            KEYS[1],
            at=AT,
            seconds=60,
            method="PUT",
            query={"partNumber": "7", "uploadId": "a/b+c"},
            headers={"content-length": "5"},
        )
        assert facts(made) == facts(said)

    def test_carries_the_token_of_a_role(self, bucket: Bucket) -> None:
        words = {"Bucket": bucket.name, "Key": KEYS[0]}
        said = theirs(bucket, "to/ken==").generate_presigned_url("get_object", Params=words, ExpiresIn=60)
        assert facts(signer(bucket, "to/ken==").url(KEYS[0], at=AT, seconds=60)) == facts(said)


@pytest.mark.usefixtures("then")
class TestForm:
    @pytest.mark.parametrize("token", ["", "to/ken=="])
    def test_allows_what_botocore_allows(self, bucket: Bucket, token: str) -> None:
        fields = {"key": KEYS[1], "Content-Type": "image/jpeg"}
        made = signer(bucket, token).form(bucket=bucket.name, fields=fields, max_bytes=99, at=AT, seconds=600)
        said = theirs(bucket, token).generate_presigned_post(
            bucket.name,
            KEYS[1],
            Fields={"Content-Type": "image/jpeg"},
            Conditions=[{"Content-Type": "image/jpeg"}, ["content-length-range", 1, 99]],
            ExpiresIn=600,
        )["fields"]
        assert set(made) == set(said)
        assert self.policy(made) == self.policy(said)
        own = {name: value for name, value in made.items() if name not in ("policy", "x-amz-signature")}
        assert own.items() <= said.items()

    def test_signs_as_botocore_does(self, bucket: Bucket) -> None:
        """The same text of a policy, since its order is nobody's business."""
        fields = {"key": KEYS[0], "Content-Type": "image/jpeg"}
        made = signer(bucket).form(bucket=bucket.name, fields=fields, max_bytes=99, at=AT, seconds=600)
        text = base64.b64decode(made["policy"]).decode()
        with mock.patch("botocore.auth.json.dumps", lambda _: text):
            said = theirs(bucket).generate_presigned_post(bucket.name, KEYS[0])["fields"]
        assert said["x-amz-signature"] == made["x-amz-signature"]

    def policy(self, fields: dict[str, str]) -> tuple[str, set[str]]:
        policy = json.loads(base64.b64decode(fields["policy"]))
        return policy["expiration"], {json.dumps(found) for found in policy["conditions"]}


class TestCredentials:
    def test_of_the_settings_come_first(self) -> None:
        assert connection.credentials(BUCKETS[0]) == sigv4.Credentials(KEY, SECRET)

    def test_are_else_what_boto3_finds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in (("ACCESS_KEY_ID", "a"), ("SECRET_ACCESS_KEY", "s"), ("SESSION_TOKEN", "t")):
            monkeypatch.setenv(f"AWS_{name}", value)
        found = connection.credentials(Bucket(name="of-a-role", region="eu-west-1"))
        assert found == sigv4.Credentials("a", "s", "t")

    def test_that_are_nowhere_are_missed_in_a_sentence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "nowhere")
        monkeypatch.setenv("AWS_CONFIG_FILE", "nowhere")
        with pytest.raises(connection.NoCredentials, match="S3_ACCESS_KEY"):
            connection.credentials(Bucket(name="of-nobody", region="eu-west-1"))


class TestConnection:
    def test_is_one_for_all_threads_of_a_process(self) -> None:
        assert connection.client(BUCKETS[0]) is connection.client(BUCKETS[0])

    def test_asks_for_version_4_with_limits(self) -> None:
        config: Config = connection.client(BUCKETS[0]).meta.config
        assert config.signature_version == "s3v4"
        assert (config.connect_timeout, config.read_timeout) == (5, 20)
        assert config.request_checksum_calculation == "when_required"


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


ELLIPTIC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize("key", [ELLIPTIC, RSA], ids=["P-256", "RSA"])
class TestCloudFront:
    def made(self, key: Any, **query: str) -> str:
        own = cloudfront.Signer(address="https://d1.cloudfront.net/", key_id="K1", pem=pem(key))
        return own.url("films/1/é a.mp4", until=AT, query=query)

    def test_signs_the_policy_that_botocore_writes(self, key: Any) -> None:
        seen: list[bytes] = []
        link = self.made(key, **{"response-content-disposition": "attachment"})
        base = link.partition("&Expires=")[0]
        assert base == (
            "https://d1.cloudfront.net/films/1/%C3%A9%20a.mp4?response-content-disposition=attachment"
        )
        CloudFrontSigner("K1", lambda text: seen.append(text) or b"").generate_presigned_url(
            base, date_less_than=datetime.fromtimestamp(AT, UTC)
        )
        asked = dict(parse_qsl(urlsplit(link).query))
        assert (asked["Expires"], asked["Key-Pair-Id"], asked["Hash-Algorithm"]) == (str(AT), "K1", "SHA256")
        signature = base64.b64decode(asked["Signature"].translate(str.maketrans("-_~", "+=/")))
        if isinstance(key, rsa.RSAPrivateKey):
            key.public_key().verify(signature, seen[0], padding.PKCS1v15(), hashes.SHA256())
        else:
            key.public_key().verify(signature, seen[0], ec.ECDSA(hashes.SHA256()))

    def test_says_the_same_twice(self, key: Any) -> None:
        assert self.made(key) == self.made(key)

    def test_reads_its_key_from_the_configured_file(self, key: Any, tmp_path: Path) -> None:
        (tmp_path / "key.pem").write_bytes(pem(key))
        configured = Distribution("https://d1.cloudfront.net", "K1", tmp_path / "key.pem")
        assert cloudfront.of(configured).url("films/1/é a.mp4", until=AT, query={}) == self.made(key)


class TestCloudFrontKey:
    @pytest.mark.parametrize(
        "text", [b"", b"-----BEGIN PRIVATE KEY-----", pem(ec.generate_private_key(ec.SECP384R1()))]
    )
    def test_is_of_a_kind_that_cloudfront_takes(self, text: bytes) -> None:
        with pytest.raises(cloudfront.BadKey, match="RSA key or an elliptic key"):
            cloudfront.Signer(address="https://d1.cloudfront.net", key_id="K1", pem=text)


@given(key=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30))
def test_any_key_is_signed_as_botocore_signs_it(key: str) -> None:
    """Keys that begin with a slash or hold dots between slashes are refused before."""
    key = "films/" + key.replace(".", "")
    bucket = BUCKETS[3]
    moment = datetime.fromtimestamp(AT, UTC).replace(tzinfo=None)
    with mock.patch("botocore.auth.get_current_datetime", lambda remove_tzinfo=True: moment):
        said = connection.client(bucket).generate_presigned_url(
            "get_object", Params={"Bucket": bucket.name, "Key": key}, ExpiresIn=60
        )
    assert facts(signer(bucket).url(key, at=AT, seconds=60)) == facts(said)
