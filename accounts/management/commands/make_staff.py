from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from accounts.models import User


class Command(BaseCommand):
    help = "Makes somebody who has an account a member of staff who may do everything; --undo takes it back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The address that they signed up with.")
        parser.add_argument("--undo", action="store_true", help="Make them a customer again.")

    def handle(self, *args: Any, **options: Any) -> None:
        email, is_staff = options["email"], not options["undo"]
        changed = User.objects.filter(email__iexact=email).update(is_staff=is_staff, is_superuser=is_staff)
        if not changed:
            raise CommandError(f"Nobody has signed up as {email}. They do that first, as everybody does.")
        self.stdout.write(_sentence(email, is_staff))


def _sentence(email: str, is_staff: bool) -> str:
    if is_staff:
        return f"{email} is staff now: {reverse('admin:index')} helps to set up a second factor, and opens."
    return f"{email} is no longer staff."
