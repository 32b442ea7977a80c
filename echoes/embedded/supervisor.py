"""`make run`: the servers, the migrations, the Procfile's processes, and an orderly end of it all.

1. Claim the data folder; end what a killed run has left; start the servers that are not named by a URL.
2. Run the Procfile's `release` and wait for it.
3. Start the other processes, each in a session of its own, and print what they write under their names.
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
import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from echoes.embedded import claim, errors, page, place, ports, procfile, servers
from echoes.embedded.child import Child
from echoes.embedded.output import Printer

RELEASE = "release"
WEB = "web"
GRACE_SECONDS = 20.0
TURN_SECONDS = 0.5
ASK_SECONDS = 0.1
PATIENCE_SECONDS = 120.0
SECOND_CTRL_C_SECONDS = 1.0


@dataclass(frozen=True)
class Plan:
    """What to run, and where. Empty addresses mean the embedded servers."""

    root: Path
    data_dir: Path
    port: int
    port_is_explicit: bool = False
    database_url: str = ""
    redis_url: str = ""


class Supervisor:
    """One run. `run()` returns the exit code when everything has ended."""

    def __init__(self, plan: Plan, *, environment: Mapping[str, str]) -> None:
        self.plan = plan
        self.environment = dict(environment)
        self.children: list[Child] = []
        self.servers: servers.Servers | None = None
        self.printer = Printer(())
        self.asked_at: float | None = None
        self.impatient = False
        self.selector = selectors.DefaultSelector()
        self.bell, self.bell_rope = socket.socketpair()

    def run(self) -> int:
        """Everything from the claim to the end."""
        began = time.monotonic()
        place.choose(data_dir=self.plan.data_dir)
        self.claim = claim.take(data_dir=self.plan.data_dir, what="Echoes, which is starting or stopping,")
        restore = self._listen()
        try:
            return self._run(began)
        finally:
            self._end()
            self.claim.release()
            restore()
            self._close()

    # ---- the way up ---------------------------------------------------------------------------

    def _run(self, began: float) -> int:
        port = ports.for_web(wanted=self.plan.port, explicit=self.plan.port_is_explicit)
        self._read_procfile(port)
        if port != self.plan.port:
            self.printer.say(f"Port {self.plan.port} is busy, so this run uses {port}.")
        self._start_servers()
        if not self._release():
            return 0 if self.asked_at else 1
        for child in self.children:
            self._start(child)
        self._wait_for_the_page(port, began)
        while not self.asked_at:
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
        self.printer = Printer(commands)
        self.children = [
            Child(name=name, command=command, environment=self.environment, folder=self.plan.root)
            for name, command in commands.items()
        ]

    def _start_servers(self) -> None:
        database, redis = self.plan.database_url, self.plan.redis_url
        if not (database and redis):
            self.servers = servers.start(self.claim, with_postgres=not database, with_redis=not redis)
            database = database or self.servers.urls.database
            redis = redis or self.servers.urls.redis
        self.environment |= {"DATABASE_URL": database, "REDIS_URL": redis}
        self.claim.tell(replace(self.claim.running, database=database, redis=redis))
        for child in self.children:
            child.environment = self.environment

    def _release(self) -> bool:
        """Run `release` to its end; False if it failed or the user has had enough."""
        release = next((child for child in self.children if child.name == RELEASE), None)
        if release is None:
            return not self.asked_at
        self.children = [child for child in self.children if child is not release]
        self._start(release)
        while release.is_running() and not self.asked_at:
            self._turn()
        release.ask_to_end()
        code = self._reap(release)
        if code and not self.asked_at:
            self.printer.say(
                f"The Procfile's {RELEASE!r} failed (exit code {code}): the lines above say why."
            )
        return code == 0 and not self.asked_at

    def _wait_for_the_page(self, port: int, began: float) -> None:
        address = f"http://{ports.HOST}:{port}/"
        wanted = any(child.name == WEB for child in self.children)
        next_word = began + PATIENCE_SECONDS
        while wanted and not self.asked_at and not page.answers(port=port):
            self._turn(ASK_SECONDS)
            if time.monotonic() > next_word:
                self.printer.say(f"{address} does not answer yet; the lines of {WEB!r} above may say why.")
                next_word += PATIENCE_SECONDS
        if wanted and not self.asked_at:
            self.claim.tell(replace(self.claim.running, page=address))
            self.printer.say(f"Echoes is ready: {address}")
            seconds = time.monotonic() - began
            self.printer.say(
                f"It took {seconds:.1f} s. Ctrl-C stops it; everything is kept in {self.plan.data_dir}."
            )

    # ---- the loop -----------------------------------------------------------------------------

    def _turn(self, seconds: float = TURN_SECONDS) -> None:
        """Wait for something to happen, for at most `seconds`, and deal with it."""
        for key, _ in self.selector.select(seconds):
            if key.data is None:
                self._hear_the_bell()
            else:
                self._print(key.data)
        if not self.asked_at:
            self._look_after_children()
            self._look_after_servers()

    def _hear_the_bell(self) -> None:
        with suppress(BlockingIOError):
            self.bell.recv(4096)

    def _print(self, child: Child) -> None:
        for line in child.read():
            self.printer.line(child.name, line)

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
        self.asked_at = self.asked_at or time.monotonic()
        running = [child for child in self.children if child.process]
        if running:
            self.printer.say("Stopping. A clip or film that is being made may take up to 20 s to let go.")
        for child in running:
            child.ask_to_end()
        self._wait_for_end(running)
        for child in running:
            if child.identity and child.process and child.is_running():
                self.printer.say(
                    f"{child.name} did not end in time and is killed; its work is taken up next time."
                )
                child.process.kill()
            self._reap(child)
        if self.servers:
            self.servers.stop()
        if running:
            self.printer.say("Stopped. Everything is kept.")

    def _wait_for_end(self, children: list[Child]) -> None:
        deadline = time.monotonic() + GRACE_SECONDS
        while any(child.is_running() for child in children):
            if self.impatient or time.monotonic() > deadline:
                return
            self._turn(ASK_SECONDS)

    # ---- signals ------------------------------------------------------------------------------

    def _listen(self) -> Callable[[], None]:
        """Let signals and the ends of children wake the loop; returns what undoes that."""
        for end in (self.bell, self.bell_rope):
            end.setblocking(False)
        self.selector.register(self.bell, selectors.EVENT_READ, None)
        before = signal.set_wakeup_fd(self.bell_rope.fileno(), warn_on_full_buffer=False)
        stops = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        handlers = {number: signal.signal(number, self._asked) for number in stops}
        handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)

        def restore() -> None:
            signal.set_wakeup_fd(before)
            for number, handler in handlers.items():
                signal.signal(number, handler)

        return restore

    def _asked(self, *_: object) -> None:
        """The first signal asks for an end, one a while later for haste: the same Ctrl-C may arrive twice."""
        if self.asked_at is None:
            self.asked_at = time.monotonic()
        elif time.monotonic() - self.asked_at > SECOND_CTRL_C_SECONDS:
            self.impatient = True

    def _close(self) -> None:
        self.selector.close()
        self.bell.close()
        self.bell_rope.close()


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
