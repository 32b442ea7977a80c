"""The embedded servers for as long as they are needed.

    with servers.running(data_dir) as urls:
        connect(urls.database, urls.redis)

A data folder has one run at a time. When another process runs the servers of the same folder already (`make
run`, say), `running` uses those and leaves them alone at the end.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from echoes.embedded import binaries, claim, errors, place, postgres, redis, seaweedfs, server

PASSWORD = "servers.password"  # noqa: S105  (the name of the file)
LOGS = "logs"
SHARE_SECONDS = 60
TEST_RUNS = 16


@dataclass(frozen=True)
class Urls:
    """Addresses with passwords in them; empty for a server that was not asked for."""

    database: str
    redis: str
    s3: str = ""


@dataclass
class Servers:
    """The servers that this process started, under its claim on the data folder."""

    claim: claim.Claim
    setup: server.Setup
    postgres: server.Server | None = None
    redis: server.Server | None = None
    s3: server.Server | None = None

    @property
    def urls(self) -> Urls:
        """Where the servers answer."""
        return Urls(
            database=self.postgres.url if self.postgres else "",
            redis=self.redis.url if self.redis else "",
            s3=self.s3.url if self.s3 else "",
        )

    def start_postgres(self, *, port: int | None = None) -> None:
        """Start (again) Postgres; with `port` at the address it had."""
        self.postgres = postgres.start(self._setup("postgres"), port=port)
        self._tell()

    def start_redis(self, *, port: int | None = None) -> None:
        """Start (again) Redis; with `port` at the address it had."""
        self.redis = redis.start(self._setup("redis"), port=port)
        self._tell()

    def start_s3(self) -> None:
        """Start (again) the S3 server, which keeps its address by itself."""
        self.s3 = seaweedfs.start(self._setup("seaweedfs"))
        self._tell()

    def revive(self) -> list[str]:
        """Start again, at the same address, what has ended by itself; returns the names."""
        ended = [known for known in self._all() if not known.is_running()]
        for known in ended:
            known.stop()
            self._start_again(known)
        return [known.name for known in ended]

    def stop(self) -> None:
        """Stop the servers in order; their data are on disk."""
        for known in self._all():
            known.stop()
        self.postgres = self.redis = self.s3 = None

    def _start_again(self, known: server.Server) -> None:
        if known is self.s3:
            self.start_s3()
        elif known is self.postgres:
            self.start_postgres(port=known.port)
        else:
            self.start_redis(port=known.port)

    def _all(self) -> list[server.Server]:
        return [known for known in (self.s3, self.redis, self.postgres) if known]

    def _setup(self, name: str) -> server.Setup:
        log = self.claim.data_dir / LOGS / f"{name}.log"
        return replace(self.setup, log=log)

    def _tell(self) -> None:
        identities = tuple(known.identity for known in self._all())
        told = replace(
            self.claim.running,
            database=self.urls.database or self.claim.running.database,
            redis=self.urls.redis or self.claim.running.redis,
            s3=self.urls.s3 or self.claim.running.s3,
            servers=identities,
        )
        self.claim.tell(told)


def start(
    claimed: claim.Claim,
    *,
    with_postgres: bool = True,
    with_redis: bool = True,
    with_s3: bool = False,
    durable: bool = True,
) -> Servers:
    """Start the servers under a claim; `durable=False` trades safety from power cuts for speed, in tests."""
    servers = Servers(claim=claimed, setup=_setup(claimed.data_dir, durable=durable))
    try:
        if with_postgres:
            servers.start_postgres()
        if with_redis:
            servers.start_redis()
        if with_s3:
            servers.start_s3()
    except BaseException:
        servers.stop()
        raise
    return servers


@contextmanager
def running(
    data_dir: Path, *, what: str = "a command of Echoes", with_s3: bool = False, durable: bool = True
) -> Iterator[Urls]:
    """The servers on a data folder: those of a run that has them up, or own ones, stopped at the end."""
    data_dir = data_dir.absolute()
    place.choose(data_dir=data_dir)
    claimed = _claim_or_share(data_dir, what)
    if isinstance(claimed, Urls):
        if with_s3 and not claimed.s3:
            raise errors.AlreadyRunning(
                f"Echoes runs on {data_dir} without its S3 server. Stop it and start it with STORAGE=s3."
            )
        yield claimed
        return
    try:
        servers = start(claimed, with_s3=with_s3, durable=durable)
        try:
            yield servers.urls
        finally:
            servers.stop()
    finally:
        claimed.release()


def current(data_dir: Path) -> Urls | None:
    """Where a living run's servers on this data folder answer; None if nobody runs them."""
    told = claim.read_living(data_dir=data_dir)
    if told.database and told.redis:
        return Urls(database=told.database, redis=told.redis, s3=told.s3)
    return None


@contextmanager
def for_tests(data_dir: Path) -> Iterator[Urls]:
    """Both servers for one test session, fast rather than durable; DATABASE_URL and REDIS_URL lead there.

    Where both variables are set already (a worker of pytest-xdist, a CI with servers of its own) those are
    used. Sessions at the same time get a folder each (`1`, `2` … below `data_dir`), which is kept for the
    next session; a folder that a power cut has spoilt is made anew.
    """
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        yield Urls(database=os.environ["DATABASE_URL"], redis=os.environ["REDIS_URL"])
        return
    claimed = _claim_for_tests(data_dir.absolute())
    try:
        servers = _start_for_tests(claimed)
        os.environ.update(DATABASE_URL=servers.urls.database, REDIS_URL=servers.urls.redis)
        try:
            yield servers.urls
        finally:
            del os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
            servers.stop()
            _leave_nothing_outside(servers.setup.where)
    finally:
        claimed.release()


def _setup(data_dir: Path, *, durable: bool) -> server.Setup:
    """With the kept password; a new one is also given to a database that is there already."""
    where = place.choose(data_dir=data_dir)
    password = _kept_password(data_dir)
    setup = server.Setup(
        where=where,
        programs=binaries.usable_at(where),
        password=password or secrets.token_hex(16),
        log=data_dir / LOGS / "postgres.log",
        durable=durable,
    )
    if not password:
        if (where.folder / postgres.FOLDER).exists():
            postgres.set_password(setup)
        _keep_password(data_dir, setup.password)
    return setup


def _kept_password(data_dir: Path) -> str:
    path = data_dir / PASSWORD
    return path.read_text().strip() if path.exists() else ""


def _keep_password(data_dir: Path, password: str) -> None:
    path = data_dir / PASSWORD
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password)


def _claim_or_share(data_dir: Path, what: str) -> claim.Claim | Urls:
    """The claim, or the servers of the run that has it; that run may be just starting or stopping them."""
    deadline = time.monotonic() + SHARE_SECONDS
    while True:
        try:
            return claim.take(data_dir=data_dir, what=what)
        except errors.AlreadyRunning:
            urls = current(data_dir)
            if urls:
                return urls
            if time.monotonic() > deadline:
                raise
            time.sleep(server.POLL_SECONDS)


def _leave_nothing_outside(where: place.Place) -> None:
    """Whoever deletes a test's folder does not know of a place elsewhere."""
    if (where.folder / place.BELONGS_TO).exists():
        where.discard(postgres.FOLDER)
        where.discard(redis.FOLDER)


def _claim_for_tests(data_dir: Path) -> claim.Claim:
    for number in range(1, TEST_RUNS + 1):
        folder = data_dir / str(number)
        place.choose(data_dir=folder)
        try:
            return claim.take(data_dir=folder, what="a test session")
        except errors.AlreadyRunning:
            continue
    raise errors.AlreadyRunning(f"{TEST_RUNS} test sessions run on {data_dir} already.")


def _start_for_tests(claimed: claim.Claim) -> Servers:
    try:
        return start(claimed, durable=False)
    except errors.ServerFailed:
        where = place.choose(data_dir=claimed.data_dir)
        for name in (postgres.FOLDER, redis.FOLDER):
            where.discard(name)
        return start(claimed, durable=False)
