from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.db import connection
from django.test import Client
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from accounts.models import User
from echoes.kernel import clock
from tests import cast, shelf
from tests.contracts import server

# What a machine is doing beside the tests says nothing about an example: none is judged by its time.
hypothesis_settings.register_profile("echoes", deadline=None, print_blob=True)
hypothesis_settings.load_profile("echoes")

user_logged_in.connect(cast.show_second_factor)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What was asked of the simulated services, and how often their contracts were broken."""
    for name, tally in sorted(server.TALLIES.items()):
        told = f"{tally.requests} requests, {len(tally.violations)} violations, {len(tally.faults)} faults"
        terminalreporter.write_line(f"simulated {name}: {told}")
        for violation in tally.violations:
            terminalreporter.write_line(f"  {violation}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run in which somebody broke a service's contract has failed, whatever its tests say."""
    if any(tally.violations for tally in server.TALLIES.values()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _no_media_left() -> Iterator[None]:
    yield
    shutil.rmtree(settings.MEDIA_DIR, ignore_errors=True)


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    """A request leaves its language to whoever comes next, and that is another request but in tests."""
    yield
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def _music_is_recorded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("library.execution.music", shelf.Music())


@pytest.fixture(autouse=True)
def _no_connection_lost(request: pytest.FixtureRequest) -> Iterator[None]:
    """A thread that ends with its test takes its connection along: the next test has a new pool."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        connection.close()
        connection.close_pool()


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let so many seconds pass, for whoever asks the time of `echoes.kernel.clock`."""
    passed = timedelta()

    def let_pass(seconds: float) -> None:
        nonlocal passed
        passed += timedelta(seconds=seconds)

    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + passed)
    return let_pass


@pytest.fixture
def alice(db: Any) -> User:
    return cast.alice()


@pytest.fixture
def bob(db: Any) -> User:
    return cast.bob()


@pytest.fixture
def alices(alice: User) -> Client:
    """Alice's browser."""
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def bobs(bob: User) -> Client:
    client = Client()
    client.force_login(bob)
    return client


@pytest.fixture
def charlies(db: Any) -> Client:
    """The browser of somebody who is not signed in."""
    return Client()
