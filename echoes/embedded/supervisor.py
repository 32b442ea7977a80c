"""`make run`: the servers, the migrations, the Procfile's processes, and an orderly end of it all.

1. Claim the data folder; end what a killed run has left; start the servers that are not named by a URL.
2. Run the Procfile's `release` and wait for it.
3. Start the other processes, each in a session of its own, and print what they write under their names:
   `web` first, and the rest when it answers, since four processes that load at once are all late.
4. When the page answers, print its address.
5. Start again what ends by itself, later each time; servers come back at the same address.
6. On Ctrl-C, SIGTERM or SIGHUP ask all processes to end, kill after GRACE_SECONDS, and stop the servers last.

One thread, one loop (`_turn`): it sleeps until a process writes, a child ends or a signal arrives.
What happens when this process itself is killed is told in `claim`.
"""

from __future__ import annotations

import os
import selectors
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from echoes.embedded import claim, errors, fakes, page, place, ports, procfile, seaweedfs, servers
from echoes.embedded.bell import Bell
from echoes.embedded.child import Child
from echoes.embedded.output import Printer

RELEASE = "release"
WEB = "web"
GRACE_SECONDS = 20.0
TURN_SECONDS = 0.5
ASK_SECONDS = 0.1
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Plan:
    """What to run, and where. Empty addresses mean the embedded servers."""

    root: Path
    data_dir: Path
    port: int
    port_is_explicit: bool = False
    database_url: str = ""
    redis_url: str = ""
    with_s3: bool = False
    with_fakes: bool = False


class Supervisor:
    """One run. `run()` returns the exit code when everything has ended."""

    def __init__(self, plan: Plan, *, environment: Mapping[str, str]) -> None:
        self.plan = plan
        self.environment = dict(environment)
        self.children: list[Child] = []
        self.servers: servers.Servers | None = None
        self.printer = Printer(())
        self.selector = selectors.DefaultSelector()
        self.bell = Bell()
        self.is_over = False
        self.fakes: fakes.Fakes | None = None

    @property
    def is_ending(self) -> bool:
        """Whether somebody asked for the end, or it has come."""
        return self.is_over or self.bell.asked_at is not None

    def run(self) -> int:
        """Everything from the claim to the end."""
        began = time.monotonic()
        place.choose(data_dir=self.plan.data_dir)
        with self.bell, self.selector:
            self.selector.register(self.bell.wire, selectors.EVENT_READ, None)
            self.claim = claim.take(data_dir=self.plan.data_dir, what="Echoes, starting or stopping")
            try:
                return self._run(began)
            finally:
                self._end()
                self.claim.release()

    # ---- the way up ---------------------------------------------------------------------------

    def _run(self, began: float) -> int:
        port = ports.for_web(wanted=self.plan.port, explicit=self.plan.port_is_explicit)
        self._read_procfile(port)
        if port != self.plan.port:
            self.printer.say(f"Port {self.plan.port} is busy, so this run uses {port}.")
        if self.fakes:
            self.printer.say(self.fakes.said)
        self._start_servers()
        if not self._release():
            return 0 if self.is_ending else 1
        self._start_children(port, began)
        while not self.is_ending:
            self._turn()
        return 0

    def _read_procfile(self, port: int) -> None:
        beside_python = str(Path(sys.executable).parent)
        self.environment |= {
            "PORT": str(port),
            "DATA_DIR": str(self.plan.data_dir),
            "PATH": os.pathsep.join((beside_python, self.environment.get("PATH", os.defpath))),
            "PYTHONUNBUFFERED": "1",
        }
        commands = procfile.read(path=self.plan.root / "Procfile", environment=self.environment)
        if self.plan.with_fakes:
            self.fakes = fakes.plan(self.plan.root)
            self.environment |= self.fakes.environment
            commands |= self.fakes.commands
        self.printer = Printer(commands)
        self.children = [
            Child(name=name, command=command, environment=self.environment, folder=self.plan.root)
            for name, command in commands.items()
        ]

    def _start_servers(self) -> None:
        database, redis = self.plan.database_url, self.plan.redis_url
        if not (database and redis) or self.plan.with_s3:
            self.servers = servers.start(
                self.claim,
                with_postgres=not database,
                with_redis=not redis,
                with_s3=self.plan.with_s3,
            )
            database = database or self.servers.urls.database
            redis = redis or self.servers.urls.redis
        self.environment |= {"DATABASE_URL": database, "REDIS_URL": redis}
        if self.servers and self.servers.s3:
            self.environment |= seaweedfs.environment(self.servers.s3.url)
        self.claim.tell(replace(self.claim.running, database=database, redis=redis))
        for child in self.children:
            child.environment = self.environment

    def _release(self) -> bool:
        """Run `release` to its end; False if it failed or the user has had enough."""
        release = next((child for child in self.children if child.name == RELEASE), None)
        if release is None:
            return True
        self.children = [child for child in self.children if child is not release]
        self._start(release)
        while release.is_running() and not self.is_ending:
            self._turn()
        if self.is_ending:
            self._end_children([release])
            return False
        code = self._reap(release)
        if code:
            self.printer.say(f"{RELEASE!r} failed ({_meaning(code)}): the lines above say why.")
        return code == 0

    def _start_children(self, port: int, began: float) -> None:
        web = next((child for child in self.children if child.name == WEB), None)
        if web:
            self._start(web)
            self._wait_for_the_page(port)
        rest = [child for child in self.children if child is not web]
        for child in rest if not self.is_ending else ():
            self._start(child)
        if web and not self.is_ending:
            self._say_it_is_ready(f"http://{ports.HOST}:{port}/", began)

    def _wait_for_the_page(self, port: int) -> None:
        """However long it takes: without the page there is nothing to work for."""
        next_word = time.monotonic() + PATIENCE_SECONDS
        while not self.is_ending and not page.answers(port=port):
            self._turn(ASK_SECONDS)
            if time.monotonic() > next_word:
                self.printer.say(f"The page does not answer yet; the lines of {WEB!r} above may say why.")
                next_word += PATIENCE_SECONDS

    def _say_it_is_ready(self, address: str, began: float) -> None:
        self.claim.tell(replace(self.claim.running, page=address))
        self.printer.say(f"Echoes is ready: {address}")
        took = f"It took {time.monotonic() - began:.1f} s."
        self.printer.say(f"{took} Ctrl-C stops it; everything is kept in {self.plan.data_dir}.")

    # ---- the loop -----------------------------------------------------------------------------

    def _turn(self, seconds: float = TURN_SECONDS) -> None:
        """Wait for something to happen, for at most `seconds`, and deal with it."""
        for key, _ in self.selector.select(seconds):
            if key.data is None:
                self.bell.hush()
            else:
                self._print(key.data)
        if not self.is_ending:
            self._look_after_children()
            self._look_after_servers()

    def _print(self, child: Child) -> None:
        for line in child.read():
            self.printer.line(child.name, line)
        if child.is_silent:
            self.selector.unregister(child.output)

    def _look_after_children(self) -> None:
        for child in self.children:
            if child.process and not child.is_running():
                code = self._reap(child)
                pause = child.plan_again()
                self.printer.say(
                    f"{child.name} has ended ({_meaning(code)}); it is started again in {pause:.0f} s."
                )
            elif child.due and child.due <= time.monotonic():
                self._start(child)

    def _look_after_servers(self) -> None:
        self.claim.watch_the_guard()
        for name in self.servers.revive() if self.servers else ():
            self.printer.say(f"{name} had ended by itself and was started again.")

    def _start(self, child: Child) -> None:
        self.claim.add(process=child.start())
        self.selector.register(child.output, selectors.EVENT_READ, child)

    def _reap(self, child: Child) -> int:
        while child.is_running():
            self._turn(ASK_SECONDS)
        if not child.is_silent:
            self.selector.unregister(child.output)
        identity = child.identity
        code, said = child.finish()
        for line in said:
            self.printer.line(child.name, line)
        if identity:
            self.claim.drop(process=identity)
        return code

    # ---- the way down -------------------------------------------------------------------------

    def _end(self) -> None:
        self.is_over = True
        running = [child for child in self.children if child.process]
        if running:
            self.printer.say("Stopping. A clip or film that is being made may take up to 20 s to let go.")
        self._end_children(running)
        if self.servers:
            self.servers.stop()
        if running:
            self.printer.say("Stopped. Everything is kept.")

    def _end_children(self, children: list[Child]) -> None:
        """Ask, wait, kill."""
        for child in children:
            child.ask_to_end()
        self._wait_for_end(children)
        for child in children:
            if child.process and child.is_running():
                self.printer.say(f"{child.name} did not end in time and is killed; the next run goes on.")
                child.process.kill()
            self._reap(child)

    def _wait_for_end(self, children: list[Child]) -> None:
        deadline = time.monotonic() + GRACE_SECONDS
        while any(child.is_running() for child in children):
            if self.bell.impatient or time.monotonic() > deadline:
                return
            self._turn(ASK_SECONDS)


def _meaning(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def run(plan: Plan, *, environment: Mapping[str, str]) -> int:
    """Run Echoes by a plan; returns the exit code. A run that is up already is told, and is no error."""
    try:
        return Supervisor(plan, environment=environment).run()
    except errors.AlreadyRunning as error:
        sys.stdout.write(f"{error}\n")
        return 0 if claim.read_living(data_dir=plan.data_dir).page else 1
    except errors.EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
