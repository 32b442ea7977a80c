"""What can keep the embedded servers or the processes from running, each in a sentence for people."""

from __future__ import annotations

from echoes.kernel.errors import EchoesError


class EmbeddedError(EchoesError):
    """Something keeps the embedded servers or processes from running."""

    code = "embedded"


class ServerFailed(EmbeddedError):
    """A server did not start."""

    code = "server_failed"


class ProgramMissing(EmbeddedError):
    """A program that Echoes needs is not installed."""

    code = "program_missing"


class FolderUnusable(EmbeddedError):
    """The data folder cannot be used by this account."""

    code = "folder_unusable"


class AlreadyRunning(EmbeddedError):
    """Another process already works with this data folder."""

    code = "already_running"


class PortBusy(EmbeddedError):
    """Another program listens on the port that was asked for."""

    code = "port_busy"


class ProcfileInvalid(EmbeddedError):
    """The Procfile has a line that cannot be read."""

    code = "procfile_invalid"


class MigrationFailed(EmbeddedError):
    """The database could not be brought up to date."""

    code = "migration_failed"


class FakesMissing(EmbeddedError):
    """The simulated AI services are not there."""

    code = "fakes_missing"
