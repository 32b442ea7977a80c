"""What a person finds on the page of this machine's mail."""

from __future__ import annotations

import re

from playwright.sync_api import Page

CODE = re.compile(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", re.MULTILINE)
LINK = re.compile(r"(https?://\S+/password/reset/key/\S+)")


def code(page: Page, email: str) -> str:
    """The code of the last mail to this address."""
    return _found(CODE, page, email)


def link(page: Page, email: str) -> str:
    return _found(LINK, page, email)


def texts(page: Page, email: str) -> list[str]:
    """The mails to this address, the last first: subject and words."""
    box = page.context.new_page()
    box.goto("/mail/")
    mails = box.locator("details.mail").filter(has_text=f"to {email},")
    found = [mail.text_content() or "" for mail in mails.all()]
    box.close()
    return found


def _found(pattern: re.Pattern[str], page: Page, email: str) -> str:
    for text in texts(page, email):
        if found := pattern.search(text):
            return found[1]
    raise AssertionError(f"no mail to {email} holds what was looked for")
