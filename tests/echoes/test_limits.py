from __future__ import annotations

from typing import Any

from asgiref.testing import ApplicationCommunicator

from echoes.limits import FORM_BYTES, limited


async def reader(scope: Any, receive: Any, send: Any) -> None:
    """Reads the whole body and says how much came, or that the sender had gone."""
    taken = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return await send({"type": "gone"})
        taken += len(message["body"])
        if not message["more_body"]:
            return await send({"type": "read", "bytes": taken})


def talk(path: str, **headers: str) -> ApplicationCommunicator:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return ApplicationCommunicator(limited(reader), {"type": "http", "path": path, "headers": pairs})


class TestLimited:
    async def test_refuses_a_body_that_says_it_is_too_large(self) -> None:
        request = talk("/projects/new/", content_length=str(FORM_BYTES + 1))
        assert (await request.receive_output())["status"] == 413

    async def test_lets_an_upload_be_as_large_as_a_photo_may_be(self) -> None:
        request = talk("/media/photos/", content_length=str(FORM_BYTES + 1))
        await request.send_input({"type": "http.request", "body": b"x", "more_body": False})
        assert await request.receive_output() == {"type": "read", "bytes": 1}

    async def test_cuts_off_a_body_that_lied(self) -> None:
        request = talk("/projects/new/")
        for _ in range(3):
            await request.send_input(
                {"type": "http.request", "body": b"x" * (FORM_BYTES // 2), "more_body": True}
            )
        assert await request.receive_output() == {"type": "gone"}
