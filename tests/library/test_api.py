from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from clips.models import Clip
from library import media_types
from library.models import Ingest, Ticket
from tests import factories, pictures

pytestmark = pytest.mark.django_db(transaction=True)

LARGE = 33 * 1024 * 1024  # five parts


def ask(client: Client, address: str, **body: Any) -> Any:
    return client.post(address, json.dumps(body), content_type="application/json")


def send(client: Client, upload: dict[str, Any], content: bytes, **changes: str) -> Any:
    """What the browser does with a ticket: its fields, then the file."""
    file = SimpleUploadedFile("any name.bin", content)
    return client.post(upload["url"], {**upload["fields"], **changes, "file": file})


class TestTheWholeWay:
    def test_of_a_photo_ends_as_a_clip_of_the_project(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        project = factories.project(by=alice)
        content = pictures.jpeg(tmp_path / "a.jpg").read_bytes()
        ticket = ask(
            alices, reverse("clips:photos", args=[project.pk]), name="Ñandú 🦤.jpg", size=len(content)
        )
        assert ticket.status_code == 201
        assert send(alices, ticket.json()["upload"], content).status_code == 204
        done = alices.post(ticket.json()["complete"])
        assert (done.status_code, done.json()["state"]) == (202, "queued")
        factories.drain()
        assert alices.get(ticket.json()["status"]).json()["state"] == "succeeded"
        clip = Clip.objects.get(project=project)
        assert (clip.asset.name, clip.chosen is not None) == ("Ñandú 🦤.jpg", True)

    def test_said_twice_to_be_complete_makes_one_clip(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        project = factories.project(by=alice)
        content = pictures.jpeg(tmp_path / "a.jpg").read_bytes()
        ticket = ask(
            alices, reverse("clips:photos", args=[project.pk]), name="a.jpg", size=len(content)
        ).json()
        send(alices, ticket["upload"], content)
        assert alices.post(ticket["complete"]).status_code == 202
        assert alices.post(ticket["complete"]).status_code == 202
        factories.drain()
        assert Clip.objects.count() == Ingest.objects.count() == 1

    def test_of_a_bad_file_tells_the_reason(self, alice: User, alices: Client) -> None:
        project = factories.project(by=alice)
        ticket = ask(alices, reverse("clips:photos", args=[project.pk]), name="a.jpg", size=20).json()
        send(alices, ticket["upload"], b"I am no photo at all")
        alices.post(ticket["complete"])
        factories.drain()
        answer = alices.get(ticket["status"]).json()
        assert answer["state"] == "failed"
        assert answer["message"] == str(media_types.SENTENCES["text"])


class TestStart:
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"name": "a.jpg", "size": 0}, "empty"),
            ({"name": "a.jpg", "size": 10**12}, "too_large"),
            ({"name": "   ", "size": 5}, "no_name"),
            ({"name": "a.jpg", "size": -1}, "invalid"),
            ({"name": "a.jpg", "size": "many"}, "invalid"),
            ({"name": "a.jpg"}, "invalid"),
            ({"name": "a.jpg", "size": 5, "kind": "spreadsheet"}, "invalid"),
            ({}, "invalid"),
        ],
    )
    def test_refuses_with_a_sentence(self, alices: Client, body: dict[str, Any], code: str) -> None:
        answer = ask(alices, reverse("library:uploads"), **body)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == code
        assert answer.json()["error"]["message"]

    @pytest.mark.parametrize(
        ("kind", "size", "limit"), [("photo", 65, "64 MB"), ("audio", 65, "64 MB"), ("video", 5121, "5 GB")]
    )
    def test_says_how_large_each_kind_may_be(self, alices: Client, kind: str, size: int, limit: str) -> None:
        answer = ask(alices, reverse("library:uploads"), name="a", size=size * 1024 * 1024, kind=kind)
        assert answer.json()["error"]["message"] == f"This file is larger than {limit}."
        fits = ask(alices, reverse("library:uploads"), name="a", size=(size - 1) * 1024 * 1024, kind=kind)
        assert fits.status_code == 201

    @pytest.mark.parametrize(
        "said", ["", "image/jpeg\r\nX-Amz-Acl: public-read", "ä/ö", "x" * 500, "a/" + "b" * 200, 7, ["a"]]
    )
    def test_makes_nothing_of_a_type_that_is_none(self, alices: Client, said: Any) -> None:
        answer = ask(alices, reverse("library:uploads"), name="a.jpg", size=5, type=said)
        assert answer.json()["upload"]["fields"]["Content-Type"] == "application/octet-stream"

    @pytest.mark.parametrize("body", ["", "null", "[1]", "{", '"x"', "[" * 100_000, b"\xff", '{"size": NaN}'])
    def test_survives_what_is_no_json_object(self, alices: Client, body: str | bytes) -> None:
        answer = alices.post(reverse("library:uploads"), body, content_type="application/json")
        assert answer.status_code == 400

    def test_keeps_no_path_of_the_name(self, alices: Client) -> None:
        ask(alices, reverse("library:uploads"), name="../../etc/pass\x07wd.jpg", size=5)
        assert Ticket.objects.get().name == "passwd.jpg"


class TestReceive:
    def ticket(self, alices: Client) -> dict[str, Any]:
        answer: dict[str, Any] = ask(alices, reverse("library:uploads"), name="a.jpg", size=5).json()
        return answer

    def test_needs_no_session_but_the_ticket(self, alices: Client, charlies: Client) -> None:
        assert send(charlies, self.ticket(alices)["upload"], b"12345").status_code == 204

    def test_refuses_another_key(self, alices: Client) -> None:
        assert send(alices, self.ticket(alices)["upload"], b"12345", key="1/else").status_code == 403

    def test_refuses_a_changed_policy(self, alices: Client) -> None:
        upload = self.ticket(alices)["upload"]
        broken = "A" + upload["fields"]["policy"][1:]
        assert send(alices, upload, b"12345", policy=broken).status_code == 403

    def test_refuses_an_old_ticket(self, alices: Client, monkeypatch: Any) -> None:
        upload = self.ticket(alices)["upload"]
        monkeypatch.setattr("echoes.media.time.time", lambda: 4_000_000_000)
        assert send(alices, upload, b"12345").status_code == 403

    def test_refuses_more_than_the_ticket_allows(self, alices: Client) -> None:
        assert send(alices, self.ticket(alices)["upload"], b"x" * 6).status_code == 400

    def test_refuses_nothing(self, alices: Client) -> None:
        assert send(alices, self.ticket(alices)["upload"], b"").status_code == 400


class TestComplete:
    def test_before_the_file_has_arrived_says_so(self, alices: Client) -> None:
        ticket = ask(alices, reverse("library:uploads"), name="a.jpg", size=5).json()
        answer = alices.post(ticket["complete"])
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not_arrived")

    def test_of_what_was_given_up_finds_nothing(self, alices: Client) -> None:
        ticket = ask(alices, reverse("library:uploads"), name="a.jpg", size=5).json()
        send(alices, ticket["upload"], b"12345")
        assert alices.delete(ticket["status"]).status_code == 204
        answers = {alices.post(ticket["complete"]).status_code, alices.delete(ticket["status"]).status_code}
        assert answers == {404}

    @pytest.mark.parametrize(
        "tags", [[1], "a", {"a": "b"}, {"1": 2}, {"-1": "b"}, {"²": "b"}, {"1" * 99: "b"}]
    )
    def test_refuses_tags_that_are_none(self, alices: Client, tags: Any) -> None:
        ticket = ask(alices, reverse("library:uploads"), name="a.mp4", size=LARGE, kind="video").json()
        answer = ask(alices, ticket["complete"], tags=tags)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")


class TestParts:
    def ticket(self, client: Client, *, size: int = 0) -> dict[str, Any]:
        told: dict[str, Any] = ask(
            client, reverse("library:uploads"), name="a.mp4", size=size or LARGE, kind="video"
        ).json()
        return told

    @pytest.mark.parametrize(
        ("numbers", "code"),
        [([0], "no_such_part"), ([-1], "no_such_part"), ([6], "no_such_part"), ([1, 10**12], "no_such_part"),
         ("1", "invalid"), ([1.5], "invalid"), ([True], "invalid"), (["1"], "invalid"), ({"1": 1}, "invalid"),
         (None, "invalid"), ([], "invalid"), ([[1]], "invalid")],
    )  # fmt: skip
    def test_that_do_not_exist_are_refused(self, alices: Client, numbers: Any, code: str) -> None:
        answer = ask(alices, self.ticket(alices)["parts"]["links"], numbers=numbers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
        assert answer.json()["error"]["message"]

    def test_are_asked_for_some_at_a_time(self, alices: Client) -> None:
        ticket = self.ticket(alices, size=5 * 1024**3)
        assert ticket["parts"]["count"] == 640
        answer = ask(alices, ticket["parts"]["links"], numbers=list(range(1, 102)))
        assert answer.json()["error"]["message"] == "Ask for at most 100 parts at a time."
        again = ask(alices, ticket["parts"]["links"], numbers=list(range(541, 641)))
        assert sorted(map(int, again.json()["links"])) == list(range(541, 641))

    def test_of_a_file_that_is_sent_as_a_whole_there_are_none(self, alices: Client) -> None:
        ticket = ask(alices, reverse("library:uploads"), name="a.jpg", size=5).json()
        assert ticket["parts"] is None
        answer = ask(alices, reverse("library:upload_parts", args=[ticket["id"]]), numbers=[1])
        assert answer.json()["error"]["code"] == "no_parts"

    def test_of_somebody_else_do_not_exist(self, alices: Client, bobs: Client) -> None:
        ticket = self.ticket(alices)
        for answer in (
            ask(bobs, ticket["parts"]["links"], numbers=[1]),
            ask(bobs, ticket["complete"]),
            bobs.get(ticket["status"]),
            bobs.delete(ticket["status"]),
        ):
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
        assert Ticket.objects.get().given_up_at is None

    @pytest.mark.parametrize("body", ["", "null", "[1]", "{", "[" * 100_000])
    def test_survive_what_is_no_json_object(self, alices: Client, body: str) -> None:
        answer = alices.post(self.ticket(alices)["parts"]["links"], body, content_type="application/json")
        assert answer.status_code == 400
