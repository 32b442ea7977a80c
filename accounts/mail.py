"""Mail is written once, as text; the HTML beside it says the same, letter for letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


def message(
    prefix: str, *, to: str | list[str], context: Mapping[str, Any], headers: Any = None
) -> EmailMultiAlternatives:
    """The mail whose templates are `<prefix>_subject.txt` and `<prefix>_message.txt`."""
    words = {**context, "home": settings.PUBLIC_URL}
    subject = " ".join(render_to_string(f"{prefix}_subject.txt", words).split())
    text = render_to_string(f"{prefix}_message.txt", words).strip() + "\n"
    made = EmailMultiAlternatives(
        subject, text, settings.DEFAULT_FROM_EMAIL, [to] if isinstance(to, str) else to, headers=headers
    )
    frame = {"subject": subject, "text": text, "code": context.get("code")}
    made.attach_alternative(render_to_string("account/email/_frame.html", frame), "text/html")
    return made


def send(prefix: str, *, to: str, context: Mapping[str, Any]) -> None:
    message(prefix, to=to, context=context).send()
