from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from echoes import media, pages
from echoes.middleware import DoorMiddleware


class Asked(Exception):
    """Somebody wanted to know who the visitor is."""


class Visitor:
    @property
    def is_authenticated(self) -> bool:
        raise Asked


class TestDoor:
    def enter(self, view: Any) -> Any:
        request = RequestFactory().get("/")
        request.user = Visitor()  # type: ignore[assignment]
        return DoorMiddleware(lambda request: None).process_view(request, view, (), {})

    def test_lets_media_through_without_asking_who_it_is_for(self) -> None:
        """A film may play for an hour, and a question would hold a database connection for as long."""
        assert self.enter(media.send) is None

    def test_asks_at_every_other_page(self) -> None:
        with pytest.raises(Asked):
            self.enter(pages.dashboard)
