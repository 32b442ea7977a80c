"""Taking back the links to one object: it gets another key, and the old one leads nowhere.

The links of everybody are taken back at once by another signing key instead (see docs/operations.md).
"""

from __future__ import annotations

import re
import secrets
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from django.db import transaction

from echoes.kernel.errors import EchoesError
from echoes.kernel.storage import base as storages
from library import inventory

PLACE = re.compile(r"/(photos|films|music)/(\d+/.+)")


class NoSuchObject(EchoesError):
    """This link leads to nothing that belongs to anybody."""

    code = "no_such_object"


def place(link: str) -> tuple[str, str]:
    """The store and the key that a link of ours leads to, whichever server it names. Raises NoSuchObject."""
    found = PLACE.search(unquote(urlsplit(link).path))
    if not found:
        raise NoSuchObject
    return found[1], found[2]


def revoke(*, storage: str, key: str) -> str:
    """Have the object under a new key, which is returned: every link that was given for it is dead, and pages
    give new ones. Work that is reading it just now fails, and can be tried again. What no row names is
    deleted, and nothing returned. Raises NoSuchObject, also for what is never linked to.

    1. a copy under the new key; 2. the rows; 3. the old one goes. After a crash in between call it again."""
    store = storages.get(storage)
    old = PurePosixPath(key)
    new = str(old.parent / secrets.token_hex(8) / old.name)
    try:
        store.copy(key, new)
    except storages.Missing:
        raise NoSuchObject from None
    with transaction.atomic():
        owners = inventory.renamed(storage, old=key, new=new)
    if owners:
        store.delete(key)
        return new
    store.delete(new)
    if inventory.is_named(storage, key):
        raise NoSuchObject
    store.delete(key)
    return ""
