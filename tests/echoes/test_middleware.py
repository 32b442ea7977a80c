from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import RequestFactory

from echoes import media, pages
from echoes.middleware import DoorMiddleware, PackingMiddleware


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


class TestPacking:
    def packed(self, response: HttpResponseBase) -> bool:
        request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip, br"})
        answer = PackingMiddleware(lambda request: response)(request)
        return "Content-Encoding" in answer

    @pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "text/css"])
    def test_makes_pages_small(self, kind: str) -> None:
        assert self.packed(HttpResponse("<p>page</p>" * 1_000, content_type=kind))

    def test_leaves_media_as_they_are(self) -> None:
        film = StreamingHttpResponse([b"x" * 10_000], content_type="video/mp4", status=206)
        assert not self.packed(film)
        assert not self.packed(HttpResponse(b"x" * 10_000, content_type="image/jpeg"))
        assert not self.packed(StreamingHttpResponse([b"x" * 10_000], content_type="text/html"))
