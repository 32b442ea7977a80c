"""Trained networks on this machine, by onnxruntime: loaded when first used, once in each process.

A file of weights is a stranger's: one that has a digest here is not loaded when it differs. Nothing is ever
downloaded. A web process never comes here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from pathlib import Path
from typing import Any

from echoes.kernel import errors

THREADS = 2
"""For one question: the others have work to do as well."""

_lock = threading.Lock()
_loaded: dict[Path, Any] = {}


class Unusable(errors.EchoesError):
    """What this needs is not installed on this machine."""

    code = "not_installed"


def session(*, path: Path, sha256: str = "") -> Any:
    """The network in that file, an onnxruntime.InferenceSession, which may be run by several threads. Raises
    Unusable, with a sentence that says why."""
    with _lock:
        if path not in _loaded:
            _loaded[path] = _load(path, sha256)
        return _loaded[path]


def missing(*, path: Path | None) -> str:
    """Why a network cannot be used, in a sentence; empty where it can. Nothing is loaded."""
    if importlib.util.find_spec("onnxruntime") is None:
        return "onnxruntime is not installed."
    if path is None or not path.is_file():
        return "The file of its weights is not there."
    return ""


def in_package(package: str, name: str) -> Path | None:
    """A data file of an installed package, found without importing that package."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(found.submodule_search_locations[0], name)
    return path if path.is_file() else None


def _load(path: Path, sha256: str) -> Any:
    why = missing(path=path)
    if why:
        raise Unusable(why)
    if sha256 and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise Unusable(f"{path.name} is not the file that it should be.")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has an exception for each kind of damage, all of them its own
        raise Unusable(f"{path.name} cannot be loaded.") from error
