"""`manage.py` in a rig."""

from __future__ import annotations

import sys

import django
from django.core.management import execute_from_command_line

from tests.chaos import inject

if __name__ == "__main__":
    django.setup()
    inject.apply()
    execute_from_command_line(["manage.py", *sys.argv[1:]])
