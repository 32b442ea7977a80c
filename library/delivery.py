"""The only giver of links to media."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from echoes.kernel.storage import base as storages
from echoes.kernel.storage.base import NO_NAMES
from library.models import Asset, Track


def url_for(storage: str, key: str, *, now: datetime, download_name: str = "") -> str:
    """A signed link to an object that the asker may see; empty for an object that does not exist yet."""
    if not key:
        return ""
    return storages.get(storage).signed_url(key, now=now.timestamp(), download_name=download_name)


def urls_for(
    storage: str, keys: Iterable[str], *, now: datetime, names: Mapping[str, str] = NO_NAMES
) -> dict[str, str]:
    """The links of all objects that a page shows, {key: link}; an empty key has an empty link. What has a
    name in `names`, {key: name}, is saved under it."""
    wanted = dict.fromkeys(key for key in keys if key)
    return {"": ""} | storages.get(storage).urls(wanted, now=now.timestamp(), names=names)


def photo(asset: Asset, *, now: datetime) -> str:
    return url_for("photos", asset.thumbnail, now=now)


def song(track: Track, *, now: datetime) -> str:
    return url_for("music", track.key, now=now)
