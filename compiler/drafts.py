"""A file is there when it is finished, and not before: whoever finds it by its name may use it."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def of(out: Path) -> Iterator[Path]:
    """A name beside `out` to write to, which takes `out`'s place at the end, or is removed after an error.

    No two writers share it: the last to finish wins, with the same bytes.
    """
    draft = out.with_name(f"{out.stem}.{uuid.uuid4().hex}.part")
    try:
        yield draft
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
