from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """The product's, without its million rounds: nobody attacks the tests' people."""

    iterations = 1000
