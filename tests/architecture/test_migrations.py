"""While a new version starts, processes of the old one still write: a migration may not ask them for more."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.migrations import AddField, Migration, RenameField, RenameModel
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

APPS = {"accounts", "billing", "clips", "compiler", "jobs", "library", "notices", "projects"}


def later_migrations() -> Iterator[Migration]:
    loader = MigrationLoader(None)
    for (app, name), migration in loader.disk_migrations.items():
        if app in APPS and not name.startswith("0001"):
            yield migration


class TestALaterMigration:
    def test_adds_only_columns_that_an_old_process_may_leave_out(self) -> None:
        for migration in later_migrations():
            for operation in migration.operations:
                if isinstance(operation, AddField):
                    field = operation.field
                    may_be_left_out = field.null or field.many_to_many or field.db_default is not NOT_PROVIDED
                    assert may_be_left_out, f"{migration}: {operation.model_name}.{operation.name}"

    def test_renames_nothing_that_an_old_process_knows(self) -> None:
        for migration in later_migrations():
            for operation in migration.operations:
                assert not isinstance(operation, RenameField | RenameModel), f"{migration}: {operation}"
