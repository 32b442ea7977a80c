"""Walls around a process that reads a stranger's bytes: no network, no files but those it was given.

Each stands by itself, and each only where the system has it: `leave_network` and `refuse_sockets` close the
network twice, `keep_to` closes the disk. All need Linux: a network namespace, a filter of system calls
(seccomp), Landlock. None needs a privilege, and none can be taken down from inside. `make doctor` has a
reader run against them and says which hold on a machine.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import socket
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LINUX = sys.platform.startswith("linux")

# <linux/sched.h>, <linux/prctl.h>, <linux/capability.h>
NEW_USER, NEW_IPC, NEW_NETWORK = 0x1000_0000, 0x0800_0000, 0x4000_0000
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_FILTER = 22, 38, 2
CAPABILITIES_VERSION = 0x2008_0522
# Files of other people that root reads are still readable: who starts Echoes as root relies on it.
KEPT_CAPABILITIES = 0b110

# <linux/audit.h>: what the kernel calls an architecture. And there the numbers of socket, connect, bind;
# ptrace, process_vm_readv, process_vm_writev; mount, umount2, unshare, setns; add_key, request_key, keyctl;
# perf_event_open, bpf, userfaultfd.
CALLS = {
    "x86_64": (0xC000_003E, (41, 42, 49, 101, 310, 311, 165, 166, 272, 308, 248, 249, 250, 298, 321, 323)),
    "aarch64": (0xC000_00B7, (198, 203, 200, 117, 270, 271, 40, 39, 97, 268, 217, 218, 219, 241, 280, 282)),
}
# The same everywhere: io_uring_setup, which does by itself what the filter would not see, pidfd_getfd, and
# the newer ways to mount: open_tree, move_mount, fsopen.
CALLS_EVERYWHERE = (425, 438, 428, 429, 430)
# On x86-64 the same calls have second numbers, from here on.
X32 = 0x4000_0000
ALLOW, DENY = 0x7FFF_0000, 0x0005_0000 | 1  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EPERM

# <linux/landlock.h>; the three system calls have the same numbers everywhere.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION, PATH_BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_DIR, MAKE_FILE, REFER, TRUNCATE, DEVICES = 1 << 7, 1 << 8, 1 << 13, 1 << 14, 1 << 15
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
TO_RUN = EXECUTE | READ_FILE | READ_DIR
TO_WORK = (
    WRITE_FILE | READ_FILE | READ_DIR | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_FILE | REFER | TRUNCATE
)
SYSTEM = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/dev/urandom"),
)


# The walls that stand around this process, in words.
standing: list[str] = []


def leave_network() -> bool:
    """A network of this process's own, in which there is nothing; it has to be the only thread. Whatever
    powers it has are given up."""
    if not LINUX:
        return False
    left = any(_libc().unshare(flags) == 0 for flags in (NEW_NETWORK | NEW_IPC, NEW_NETWORK | NEW_USER))
    _give_up_capabilities()
    return _stands("an empty network of its own", left)


def refuse_sockets() -> bool:
    """From now on no sockets, and nothing that looks into other processes or changes what is mounted. Also
    what this process starts is bound by it."""
    known = CALLS.get(platform.machine()) if LINUX else None
    if not known:
        return False
    architecture, numbers = known
    program = _filter(architecture, [*numbers, *CALLS_EVERYWHERE])
    code = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    refused = (
        _libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        and _libc().prctl(PR_SET_SECCOMP, SECCOMP_FILTER, ctypes.c_char_p(described), 0, 0) == 0
    )
    return _stands("no sockets (seccomp)", refused)


def keep_to(folder: Path, *, reads: Iterable[Path] = ()) -> bool:
    """From now on only this folder to write in, these files to read, and what programs need to run. Also what
    this process starts is bound by it."""
    version = _landlock_version()
    if version < 1:
        return False
    handled = (1 << 13) - 1 | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    handled |= DEVICES if version >= 5 else 0
    network = 3 if version >= 4 else 0
    scope = 3 if version >= 6 else 0  # no signals to, and no abstract sockets of, processes outside
    described = struct.pack("QQQ", handled, network, scope)[: 8 if version < 4 else 16 if version < 6 else 24]
    rules = _syscall(CREATE_RULESET, ctypes.c_char_p(described), ctypes.c_size_t(len(described)), 0)
    if rules < 0:
        return False
    try:
        for path in (*_needed(), *reads):
            _allow(rules, path, TO_RUN & handled)
        _allow(rules, Path(os.devnull), (READ_FILE | WRITE_FILE) & handled)
        _allow(rules, folder, TO_WORK & handled)
        _libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return _stands("its own folder only (Landlock)", _syscall(RESTRICT_SELF, rules, 0) == 0)
    finally:
        os.close(rules)


def escapes(*, address: list[Any], secret: str, outside: str) -> list[str]:
    """What this process can do that a reader must not: reach an address of this machine, read a file that it
    was not given, write outside of its folder."""
    tried: dict[str, Callable[[], object]] = {
        "network": lambda: socket.create_connection((address[0], address[1]), timeout=2).close(),
        "socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
        "read": lambda: Path(secret).read_bytes(),
        "list": lambda: list(Path(secret).parent.iterdir()),
        "environment": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
        "write": lambda: Path(outside).write_bytes(b"x"),
        "link": lambda: Path("link").symlink_to(secret),
        "signal": lambda: os.kill(os.getppid(), 0),
    }
    done = []
    for name, attempt in tried.items():
        with contextlib.suppress(OSError):
            attempt()
            done.append(name)
    return done


def examined(*, address: list[Any], secret: str, outside: str) -> dict[str, list[str]]:
    """For `make doctor`: the walls that stand around this process, and what it can do all the same."""
    return {"walls": standing, "escapes": escapes(address=address, secret=secret, outside=outside)}


def _stands(wall: str, built: bool) -> bool:
    if built:
        standing.append(wall)
    return built


def _needed() -> list[Path]:
    """What Python, ffmpeg and our own code are loaded from."""
    python = sysconfig.get_paths()
    own = [path.parent for path in ROOT.glob("*/__init__.py")]
    base = Path(sys.base_prefix)
    found = [Path(python[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    found += [Path(sys.executable), Path(sys.executable).resolve(), Path(sys.prefix, "pyvenv.cfg")]
    found += [base / "lib", base / "bin", *own, *(Path(path) for path in SYSTEM)]
    if ffmpeg := os.environ.get("IMAGEIO_FFMPEG_EXE"):
        found.append(Path(ffmpeg))
    return found


def _allow(rules: int, path: Path, rights: int) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            wanted = rights if path.is_dir() else rights & OF_FILES
            rule = struct.pack("=Qi", wanted, handle)
            _syscall(ADD_RULE, rules, PATH_BENEATH, ctypes.c_char_p(rule), 0)
        finally:
            os.close(handle)


def _landlock_version() -> int:
    return _syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ASK_VERSION) if LINUX else 0


def _filter(architecture: int, denied: list[int]) -> bytes:
    """A program for the kernel's filter: load the architecture, load the number, deny what is listed."""
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    lines = [(load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, DENY), (load, 0, 0, 0)]
    checks = [(equal, number) for number in denied]
    if architecture == CALLS["x86_64"][0]:
        checks.append((at_least, X32))
    for left, (test, number) in zip(range(len(checks), 0, -1), checks, strict=True):
        lines.append((test, left, 0, number))
    lines += [(give, 0, 0, ALLOW), (give, 0, 0, DENY)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def _give_up_capabilities() -> None:
    header = struct.pack("Ii", CAPABILITIES_VERSION, 0)
    held = ctypes.create_string_buffer(24)
    if _libc().capget(ctypes.c_char_p(header), held) != 0:
        return
    low = struct.unpack("6I", held.raw)[1] & KEPT_CAPABILITIES
    _libc().capset(ctypes.c_char_p(header), ctypes.c_char_p(struct.pack("6I", low, low, 0, 0, 0, 0)))


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _syscall(number: int, *arguments: Any) -> int:
    libc = _libc()
    libc.syscall.restype = ctypes.c_long
    return int(libc.syscall(ctypes.c_long(number), *arguments))
