#!/usr/bin/env python
"""Django's command line, with the embedded servers when no others are named."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "echoes.settings")
    from django.core.management import execute_from_command_line

    from echoes.embedded import attach

    with attach.for_command(sys.argv[1:]):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
