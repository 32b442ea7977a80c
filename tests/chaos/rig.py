"""The whole product with servers of its own, so that any part of it can be killed and looked at afterwards.

The rig itself knows no Django: it starts the Procfile's processes (with `tests.chaos.*` loaded first, so that
they die where they are told to), asks for work through one more process, the asker, and reads the database as
it is. Nothing here sleeps for a fixed time: `until` waits for a fact.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from echoes.embedded import claim, place, procfile, servers
from tests.chaos import inject
from tests.chaos.child import Child, instead, parent_of, processes
from tests.chaos.facts import Facts, Ref, TooLate
from tests.lab import provider

ROOT = Path(__file__).resolve().parents[2]
LOOK = 0.05  # seconds between looks at a condition
START_SECONDS = 90.0
PATIENCE = 60.0
WORKING = ("worker", "media", "clock")
# A lease of two seconds instead of thirty, and so on, so that hundreds of crashes fit into half an hour.
SHORT = {
    "jobs.lifecycle.LEASE": 2.0,
    "jobs.execution.HEARTBEAT": 0.4,
    "jobs.polling.HELD": 4.0,
    "jobs.draining.GRACE": 1.0,
}


@dataclass
class Rig(Facts):
    home: Path
    servers: servers.Servers
    provider: provider.Provider
    port: int
    constants: dict[str, float]
    extra: dict[str, str] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)
    asker: subprocess.Popen[str] | None = None

    # ---- processes --------------------------------------------------------------------------

    def environment(self, role: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        beside_python = str(Path(sys.executable).parent)
        return kept | {
            "DATABASE_URL": self.servers.urls.database,
            "REDIS_URL": self.servers.urls.redis,
            "DATA_DIR": str(self.home / "data"),
            "PORT": str(self.port),
            "SECRET_KEY": "only for tests",
            "PUBLIC_URL": "",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "LAB_PROVIDER_URL": self.provider.url,
            "RUNNING_PER_OWNER": "8",
            "PATH": os.pathsep.join((beside_python, os.environ.get("PATH", os.defpath))),
            "PYTHONUNBUFFERED": "1",
            inject.HOME: str(self.home),
            inject.ROLE: role,
            inject.SET: json.dumps(self.constants),
            **self.extra,
        }

    def start(self, *names: str) -> None:
        """Start processes and wait until they are ready for work."""
        for name in names:
            self._start(name)
        for name in names:
            self.until(lambda name=name: self._is_ready(name), f"{name} is ready", START_SECONDS)

    def tend(self) -> None:
        """Start again what has died, as any supervisor does."""
        for child in self.children.values():
            if child.wanted and not child.lives:
                self._start(child.name)

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Signal every process of a child: what a machine that goes away does to it."""
        process = self.children[name].process
        assert process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        if number == signal.SIGKILL:
            process.wait()

    def ask_to_end(self, name: str) -> None:
        """SIGTERM to the leader, as a deploy sends it; it is not started again."""
        child = self.children[name]
        assert child.process is not None
        child.wanted = False
        child.process.send_signal(signal.SIGTERM)

    def stop(self, *names: str, seconds: float = 30.0) -> float:
        """End processes in order; gives the seconds that it took."""
        began = time.monotonic()
        for name in names:
            self.ask_to_end(name)
        for name in names:
            self.until(lambda name=name: not self.children[name].lives, f"{name} has ended", seconds)
        return time.monotonic() - began

    def kill_leader(self, name: str) -> None:
        """SIGKILL to the process that was started, and not to those that it started."""
        process = self.children[name].process
        assert process is not None
        process.kill()
        process.wait()

    def recover(self) -> None:
        """Whatever a test has left behind: every process lives, nothing is armed, no work is unfinished."""
        self.disarm()
        for file in (self.home / "without").iterdir():
            file.unlink()
        self.provider.faults.clear()
        self.provider.lookup, self.provider.pause = True, 0.0
        for name in WORKING:
            self.children[name].wanted = True
        self.tend()
        for kind, pk in self.unfinished():
            self.ask("cancel", kind=kind, id=pk)
        self.settled()

    def second(self, like: str) -> str:
        """Another process like this one, called "second"; gives its name."""
        self.children["second"] = Child("second", self.children[like].command, role=like)
        self.start("second")
        return "second"

    def log(self, name: str) -> str:
        return (self.home / "logs" / f"{name}.log").read_text(errors="replace")

    def programs(self, name: str) -> list[int]:
        """Processes of this rig that run a program of that name (or module), such as ffmpeg."""
        mark = f"{inject.HOME}={self.home}".encode()
        return [pid for pid, words in processes(mark) if name in words]

    def readers(self) -> list[int]:
        """Processes that read strangers' files now, and such as fork them for nobody any more."""
        forking = self.programs("echoes.kernel.readers")
        ours = [pid for pid, _ in processes(f"{inject.HOME}={self.home}".encode())]
        return [pid for pid in forking if (parent := parent_of(pid)) in forking or parent not in ours]

    def _start(self, name: str) -> None:
        child = self.children[name]
        child.wanted = True
        with (self.home / "logs" / f"{name}.log").open("ab") as out:
            self._ready_from(name)
            child.process = subprocess.Popen(
                child.command,
                cwd=ROOT,
                env=self.environment(child.role or name),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _ready_from(self, name: str) -> None:
        path = self.home / "logs" / f"{name}.log"
        self._marks[name] = path.stat().st_size if path.exists() else 0

    _marks: dict[str, int] = field(default_factory=dict)

    def _is_ready(self, name: str) -> bool:
        if name == "web":
            return self.answers("/healthz/")
        said = self.log(name)[self._marks[name] :]
        if not self.children[name].lives:
            raise AssertionError(f"{name} did not start:\n{said[-3000:]}")
        return name == "clock" or "ready for action" in said

    def browse(self, method: str, path: str, *, cookies: str, timeout: float = 30.0) -> tuple[int, float]:
        """A request of a signed-in browser: the status, and how long it took."""
        began = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = {"Cookie": cookies, "X-CSRFToken": cookies.partition("csrftoken=")[2].partition(";")[0]}
        with contextlib.closing(line):
            line.request(method, path, headers=headers)
            return line.getresponse().status, time.monotonic() - began

    def release(self) -> None:
        """What a new version needs before its web process serves."""
        self._manage("release", "-v0")

    def _manage(self, *words: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment("release"),
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def answers(self, path: str, timeout: float = 5.0) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), timeout) as line,
        ):
            line.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost:{self.port}\r\n\r\n".encode())
            return b" 200 " in line.recv(64)
        return False

    # ---- asking for work --------------------------------------------------------------------

    def ask(self, verb: str, **arguments: Any) -> Any:
        """Call a verb of `tests.chaos.asks` in the asker; raises AskerDied when that was killed meanwhile."""
        if self.asker is None:
            self.asker = self._start_asker()
        assert self.asker.stdin is not None
        assert self.asker.stdout is not None
        self.asker.stdin.write(json.dumps({"verb": verb, "arguments": arguments}) + "\n")
        self.asker.stdin.flush()
        said = self.asker.stdout.readline()
        if not said:
            self._bury_asker()
            raise AskerDied
        answer = json.loads(said)
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["result"]

    def photos(self, number: int = 1, **arguments: Any) -> list[Ref]:
        """New photos of a new person: the jobs that read and place them."""
        found: list[list[str]] = self.ask("photos", number=number, **arguments)
        return [(kind, pk) for kind, pk in found]

    def _bury_asker(self) -> None:
        if self.asker:
            self.asker.kill()
            self.asker.communicate()
        self.asker = None

    def _start_asker(self) -> subprocess.Popen[str]:
        with (self.home / "logs" / "asker.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.asker"],
                cwd=ROOT,
                env=self.environment("asker"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def forget_rings(self) -> None:
        """No old ring is left that could wake a worker by chance; those of killed workers would come back."""
        self.redis().flushall()

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.servers.urls.redis)

    # ---- conditions -------------------------------------------------------------------------

    def until(
        self, fact: Callable[[], object], what: str, seconds: float = PATIENCE, *, tending: bool = False
    ) -> float:
        """Wait until the fact is true; gives the seconds that it took. Raises TooLate."""
        began = time.monotonic()
        while not fact():
            if time.monotonic() - began > seconds:
                raise TooLate(f"after {seconds:.0f} s still not: {what}\n{self.story()}")
            if tending:
                self.tend()
            time.sleep(LOOK)
        return time.monotonic() - began

    def settled(self, owner: str = "", seconds: float = PATIENCE) -> float:
        """Wait until every job has ended, starting again what dies."""
        return self.until(lambda: not self.unfinished(owner), "all jobs have ended", seconds, tending=True)

    def story(self) -> str:
        """What the unfinished jobs look like, for a person who reads a failure."""
        with contextlib.suppress(Exception):
            lines = []
            for ref in self.unfinished()[:10]:
                row = self.row(ref)
                told = [f"{event['at']:%T} {event['new']} {event['note'][:40]}" for event in self.events(ref)]
                lines.append(f"{ref[0]}, lease until {row['lease_until']}: {'; '.join(told)}")
            lives = {name: child.lives for name, child in self.children.items()}
            lines.append(f"{time.strftime('%T')}: {lives}")
            said = [self.log(name)[-1500:] for name, child in self.children.items() if child.wanted]
            return "\n".join([*lines, *said])
        return "(the database does not answer)"

    # ---- crashes ----------------------------------------------------------------------------

    def arm(self, point: str, *, job: str = "", once: bool = True, death: str = "kill") -> None:
        """The next process that comes to this point dies there; with `job` only when it carries that one."""
        file = self.home / "armed" / point
        beside = file.with_name(f".{point}")
        beside.write_text(json.dumps({"job": job, "once": once, "death": death}))
        beside.replace(file)

    def disarm(self) -> None:
        for folder in ("armed", "fired", "spent"):
            for file in (self.home / folder).iterdir():
                file.unlink(missing_ok=True)

    def fired(self, point: str) -> list[int]:
        """The processes that died there."""
        return [int(file.read_text() or 0) for file in sorted((self.home / "fired").glob(f"{point}.*"))]

    @contextlib.contextmanager
    def without(self, *guards: str) -> Iterator[None]:
        """While the context lasts, the product has to do without these guards."""
        for guard in guards:
            (self.home / "without" / guard).touch()
        try:
            yield
        finally:
            for guard in guards:
                (self.home / "without" / guard).unlink()

    # ---- outages ----------------------------------------------------------------------------

    def kill_redis(self) -> int:
        """Gives the port at which it has to come back."""
        server = self.servers.redis
        assert server is not None
        server.launched.process.kill()
        server.launched.process.wait()
        return server.port

    def kill_postgres(self) -> int:
        """As `pg_ctl stop -m immediate`: nothing is written down, the next start recovers."""
        server = self.servers.postgres
        assert server is not None
        server.launched.process.send_signal(signal.SIGQUIT)
        server.launched.process.wait()
        return server.port

    def end(self) -> None:
        for child in self.children.values():
            if child.process:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.process.pid, signal.SIGKILL)
                child.process.wait()
        self._bury_asker()
        if self._line:
            self._line.close()
        for pid, _ in list(processes(f"{inject.HOME}={self.home}".encode())):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


class AskerDied(Exception):
    """The process that asked for work was killed, as told."""


@contextlib.contextmanager
def running(
    *names: str, constants: Mapping[str, float] | None = None, extra: Mapping[str, str] | None = None
) -> Iterator[Rig]:
    """A rig with these processes (all that work, if none are named), on empty data, removed at the end;
    `extra` is of their environment."""
    home = Path(tempfile.mkdtemp(prefix="echoes-chaos-"))
    home.chmod(0o755)
    for folder in ("armed", "fired", "spent", "without", "logs", "data/static"):
        (home / folder).mkdir(parents=True)
    try:
        with _servers(home / "servers") as started, provider.serving() as lab:
            rig = Rig(home, started, lab, _free_port(), dict(SHORT if constants is None else constants))
            rig.extra = dict(extra or {})
            rig.children = _children(rig)
            try:
                rig._manage("migrate", "--run-syncdb", "-v0")
                rig.start(*(names or WORKING))
                yield rig
            finally:
                rig.end()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def _servers(data_dir: Path) -> Iterator[servers.Servers]:
    """Durable, unlike those of the other tests: what was acknowledged must outlive a hard stop."""
    place.choose(data_dir=data_dir)
    claimed = claim.take(data_dir=data_dir, what="a crash test")
    try:
        started = servers.start(claimed, durable=True)
        try:
            yield started
        finally:
            where = started.setup.where
            started.stop()
            if not where.folder.is_relative_to(data_dir):
                shutil.rmtree(where.folder, ignore_errors=True)
    finally:
        claimed.release()


def _children(rig: Rig) -> dict[str, Child]:
    commands = procfile.read(path=ROOT / "Procfile", environment=rig.environment(""))
    return {
        name: Child(name, instead(shlex.split(command) if isinstance(command, str) else list(command)))
        for name, command in commands.items()
        if name != "release"
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
