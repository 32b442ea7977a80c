"""Signed links to a CloudFront distribution in front of the bucket, by a key of ours that it knows.

With an elliptic key (P-256) a link costs a thirtieth of what RSA costs. Such signatures usually hold a random
number; ours are made without (RFC 6979), because a link must stay the same for its window.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from echoes.kernel.errors import EchoesError
from echoes.kernel.storage.bucket import Distribution

# CloudFront's own alphabet for what base64 cannot put into a query.
SAFE = str.maketrans("+=/", "-_~")
P256 = "secp256r1"


class BadKey(EchoesError):
    """CloudFront signs with an RSA key or an elliptic key on P-256, as a PEM file without a password."""

    code = "bad_cloudfront_key"


class Signer:
    """Signs for one distribution, whose objects are found at `address` + "/" + key."""

    def __init__(self, *, address: str, key_id: str, pem: bytes) -> None:
        self.address = address.rstrip("/")
        self.key_id = key_id
        self._key = _load(pem)

    def url(self, key: str, *, until: int, query: Mapping[str, str]) -> str:
        """A link that works until that Unix second."""
        asked = urlencode(query, quote_via=quote)
        base = f"{self.address}/{quote(key, safe='/~')}{'?' if asked else ''}{asked}"
        policy = {
            "Statement": [{"Resource": base, "Condition": {"DateLessThan": {"AWS:EpochTime": until}}}],
        }
        signature = self._sign(json.dumps(policy, separators=(",", ":")).encode())
        said = base64.b64encode(signature).decode().translate(SAFE)
        joint = "&" if asked else "?"
        return (
            f"{base}{joint}Expires={until}&Signature={said}&Key-Pair-Id={self.key_id}&Hash-Algorithm=SHA256"
        )

    def _sign(self, text: bytes) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(text, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def of(distribution: Distribution) -> Signer:
    """The signer of a configured distribution; raises BadKey."""
    return Signer(
        address=distribution.address,
        key_id=distribution.key_id,
        pem=distribution.key_file.read_bytes(),
    )


def _load(pem: bytes) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise BadKey from error
    if isinstance(key, rsa.RSAPrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == P256:
        return key
    raise BadKey
