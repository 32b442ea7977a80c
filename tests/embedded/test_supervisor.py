from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from echoes.embedded import claim, fakes, page, ports, processes

# Writes its pid, then lives until SIGTERM; `stubborn` ones do not care for SIGTERM.
LIVES = "import os, signal, sys, time; print('pid', os.getpid(), flush=True); {}; time.sleep(600)"
LIVING = f'python -c "{LIVES.format("pass")}"'
STUBBORN = f'python -c "{LIVES.format("signal.signal(signal.SIGTERM, signal.SIG_IGN)")}"'
FORKS = "import os, subprocess, sys; subprocess.run([sys.executable, '-c', os.environ['LIVES']])"
PARENT = f'env LIVES="{LIVES.format("pass")}" python -c "{FORKS}"'
NOWHERE = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none", "REDIS_URL": "redis://127.0.0.1:9/0"}


@dataclass
class Run:
    """A supervisor in a process of its own, on a Procfile of the test."""

    process: subprocess.Popen[str]
    data_dir: Path
    heard: list[str] = field(default_factory=list)

    def hear(self, words: str) -> str:
        """Read its output until a line has the words."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.heard.append(line.rstrip())
            if words in line:
                return line.rstrip()
        raise AssertionError(f"{words!r} was never said:\n" + "\n".join(self.heard))

    def pid(self) -> int:
        """The next pid that one of the processes tells."""
        return int(self.hear("| pid ").split()[-1])

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        assert self.process.stdout
        self.heard += [line.rstrip() for line in self.process.stdout]
        return self.process.wait(timeout=30)


@pytest.fixture
def start(data_dir: Path, tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []
    site = tmp_path / "site"
    (site / "healthz").mkdir(parents=True)
    (site / "healthz" / "index.html").write_text("ok")

    def begin(
        *lines: str,
        embedded: bool = False,
        port: int | None = None,
        simulated: bool = False,
        **environment: str,
    ) -> Run:
        web = f"web: python -m http.server $PORT --bind 127.0.0.1 --directory {site}"
        (tmp_path / "Procfile").write_text("\n".join((web, *lines, "")))
        command = [sys.executable, "-m", "echoes.embedded", "run", "--root", str(tmp_path)]
        command += ["--data-dir", str(data_dir)] + (["--port", str(port)] if port else [])
        command += ["--fakes"] if simulated else []
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=claim.ROOT,
            env={**os.environ, **({} if embedded else NOWHERE), **environment},
            start_new_session=True,
        )
        runs.append(Run(process, data_dir))
        return runs[-1]

    yield begin
    for run in runs:
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.process.terminate()
            run.process.wait(timeout=30)
        run.process.kill()
        run.process.communicate()


def is_gone(pid: int) -> bool:
    return processes.identify(pid=pid) is None


def wait_for(fact: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.02)
    return fact()


class TestRun:
    def test_prints_the_address_when_the_page_answers(self, start: Callable[..., Run]) -> None:
        run = start()
        address = run.hear("Echoes is ready: ").split()[-1]
        assert page.answers(port=int(address.rstrip("/").rpartition(":")[2]))
        assert claim.read_living(data_dir=run.data_dir).page == address

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_ends_all_in_order_on(self, number: int, start: Callable[..., Run]) -> None:
        run = start(f"worker: {LIVING}", f"clock: {PARENT}")
        pids = [run.pid(), run.pid()]
        assert run.end(number) == 0
        assert run.heard[-1].endswith("Stopped. Everything is kept.")
        assert all(map(is_gone, pids))
        assert not (run.data_dir / claim.ACCOUNT).exists()

    def test_starts_the_servers_and_stops_them_last(self, start: Callable[..., Run]) -> None:
        tells = "import os; print('told', os.environ['DATABASE_URL'][:10], os.environ['REDIS_URL'][:5])"
        run = start(f'release: python -c "{tells}"', f"worker: {LIVING}", embedded=True)
        assert run.hear("told").endswith("postgresql redis")
        pid = run.pid()
        servers = claim.read(data_dir=run.data_dir).servers
        assert len(servers) == 2
        assert run.end(signal.SIGINT) == 0
        assert is_gone(pid)
        assert not any(map(processes.is_alive, servers))

    def test_starts_again_what_ends_by_itself_and_says_so(self, start: Callable[..., Run]) -> None:
        run = start(f"worker: {LIVING}")
        first = run.pid()
        os.kill(first, signal.SIGKILL)
        assert "worker has ended (signal SIGKILL); it is started again in 1 s." in run.hear("has ended")
        assert run.pid() != first

    def test_revives_a_server_at_the_same_address(self, start: Callable[..., Run]) -> None:
        run = start(embedded=True)
        run.hear("is ready")
        before = claim.read(data_dir=run.data_dir)
        for server in before.servers:
            os.kill(server.pid, signal.SIGKILL)
        assert {run.hear("by itself").split()[2] for _ in before.servers} == {"Postgres", "Redis"}
        after = claim.read(data_dir=run.data_dir)
        assert (after.database, after.redis) == (before.database, before.redis)
        assert after.servers != before.servers

    def test_tells_where_it_runs_already(self, start: Callable[..., Run]) -> None:
        address = (run := start()).hear("is ready").split()[-1]
        again = start()
        assert again.hear("already runs at").startswith(f"Echoes already runs at {address} ")
        assert again.process.wait(timeout=10) == 0
        assert run.process.poll() is None

    def test_stops_when_release_fails(self, start: Callable[..., Run]) -> None:
        run = start('release: python -c "raise SystemExit(3)"')
        run.hear("'release' failed (exit code 3)")
        assert run.process.wait(timeout=10) == 1

    def test_names_a_line_of_the_procfile_that_it_cannot_read(self, start: Callable[..., Run]) -> None:
        run = start("worker python")
        run.hear("'worker python' is not of the form 'name: command'")
        assert run.process.wait(timeout=10) == 1


class TestPort:
    def test_refuses_a_busy_one_that_was_asked_for(self, start: Callable[..., Run]) -> None:
        with busy() as port:
            run = start(port=port)
            assert f"Port {port} is busy" in run.hear("busy")
            assert run.process.wait(timeout=10) == 1

    def test_takes_the_next_free_one_when_none_was_asked_for(self) -> None:
        with busy() as port:
            assert port < ports.for_web(wanted=port, explicit=False) <= port + ports.TRIED_AFTER_DEFAULT


class TestKillNine:
    def test_of_the_supervisor_leaves_no_orphans(self, start: Callable[..., Run]) -> None:
        run = start(f"worker: {LIVING}", f"clock: {PARENT}", embedded=True)
        pids = [run.pid(), run.pid()]
        pids += [server.pid for server in claim.read(data_dir=run.data_dir).servers]
        run.process.kill()
        assert wait_for(lambda: all(map(is_gone, pids)))

    def test_of_everything_lets_the_next_run_work(self, start: Callable[..., Run]) -> None:
        run = start(f"worker: {STUBBORN}", embedded=True)
        run.hear("is ready")
        worker = run.pid()
        told = claim.read(data_dir=run.data_dir)
        os.kill(worker, signal.SIGKILL)
        run.process.kill()
        for identity in (*told.servers, *told.children):
            processes.kill_group(identity)
        again = start(f"worker: {LIVING}", embedded=True)
        again.hear("is ready")
        assert again.end() == 0


@contextlib.contextmanager
def busy() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((ports.HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


class TestSimulatedServices:
    """Stubs stand for the services, which are told by `tests.embedded.test_fakes`."""

    TELL = "import os, time; print('told', os.environ['RUNWAYML_BASE_URL'], flush=True); time.sleep(600)"

    def test_run_beside_the_rest_and_end_with_it(self, start: Callable[..., Run], tmp_path: Path) -> None:
        for service in fakes.SERVICES:
            home = tmp_path / "tests" / "contracts" / service.name
            home.mkdir(parents=True)
            (home / "__main__.py").write_text(LIVES.format(f"print('{service.name}', sys.argv[1:])"))
        teller = f'teller: python -c "{self.TELL}"'
        run = start(teller, simulated=True, RUNWAYML_API_SECRET="of somebody")
        run.hear("Simulated here: Runway, Replicate and OpenAI.")
        address = run.hear("told ").split()[-1]
        pids = [run.pid() for _ in fakes.SERVICES]
        arguments = next(line for line in run.heard if "| runway [" in line)
        assert f"'{address.rsplit(':')[-1]}'" in arguments
        assert run.end() == 0
        assert all(is_gone(pid) for pid in pids)

    def test_are_missed_where_they_are_not(self, start: Callable[..., Run]) -> None:
        run = start(simulated=True)
        run.hear("FAKES=1 needs the simulated services")
        assert run.process.wait(timeout=30) == 1
