"""What is heard of Replicate: how it goes, how it ended, and what nobody can read."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobs.remote import Answered, CannotLookUp, NotNow, Pending
from providers.capabilities import (
    EarsRequest,
    Order,
    Picture,
)
from providers.replicate import HOSTS, REPLICATE, line
from tests.contracts.replicate.fake import Replicate
from tests.providers.replicate.orders import (
    KEY,
    SCHNELL,
    ask,
    drawing,
    ended,
    motion,
    spec,
)


class TestAsking:
    def test_follows_it_to_its_end(self, service: Replicate, picture: Picture) -> None:
        receipt = REPLICATE.submit(motion(picture), key=KEY)
        assert ask(receipt.remote_id) == Pending()
        service.clock.advance(service.seconds / 2)
        said = ask(receipt.remote_id)
        assert isinstance(said, Pending)
        assert said.progress == pytest.approx(0.5, abs=0.1)
        service.clock.advance(service.seconds)
        said = ask(receipt.remote_id)
        assert isinstance(said, Answered)
        [url] = said.data["urls"]
        assert said.status == "succeeded"
        assert httpx.get(url).headers["content-type"] == "video/mp4"

    @pytest.mark.parametrize("model", [SCHNELL, "black-forest-labs/flux-kontext-pro"])
    def test_finds_the_one_address_in_a_list_and_out_of_it(self, service: Replicate, model: str) -> None:
        assert len(ended(service, drawing(model=model)).data["urls"]) == 1

    def test_keeps_what_it_took(self, service: Replicate) -> None:
        said = ended(service, drawing())
        assert said.data["metrics"] == {"predict_time": 3.0, "total_time": 4.0, "image_count": 1.0}
        assert said.data["usd"] is None

    def test_reads_what_was_heard(self, service: Replicate, sound: Path) -> None:
        service.fates.append(
            {
                "output": {
                    "transcription": " Guten Tag. ",
                    "detected_language": "german",
                    "segments": [{"start": 0, "end": 1.5, "text": " Guten"}, {"text": "?"}, None],
                }
            }
        )
        said = ended(service, Order(spec("openai/whisper"), EarsRequest(sound, 2.0)))
        assert said.data["said"] == {
            "text": "Guten Tag.",
            "language": "de",
            "segments": [{"start": 0.0, "end": 1.5, "text": "Guten"}],
        }

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            ("NSFW content detected. Try running it again, or try a different prompt.", "unsafe_result"),
            ("The input or output was flagged as sensitive. Please try again. (E005)", "unsafe_result"),
            ("Your prompt was flagged by our moderation.", "unsafe_words"),
            ("The input image contains content that is NSFW", "unsafe_picture"),
            ("Image rejected: faces of minors are prohibited", "unsafe_picture"),
            ("CUDA out of memory. Tried to allocate 2 GiB", "internal"),
            ("Service is temporarily unavailable due to high demand (E004)", "internal"),
            ("Prediction interrupted; please retry (code: PA)", "internal"),
            ("cannot identify image file <_io.BytesIO object>", "bad_input"),
            ("Something that nobody has heard of: X17", "provider_failed"),
            ("", "provider_failed"),
            (None, "provider_failed"),
        ],
    )
    def test_reads_failures_loosely(self, service: Replicate, error: str | None, code: str) -> None:
        service.fates.append({"status": "failed", "error": error})
        said = ended(service, drawing())
        assert (said.status, said.data["code"], said.data["detail"]) == ("failed", code, error or "")

    def test_hears_that_it_was_aborted(self, service: Replicate) -> None:
        service.fates.append({"status": "aborted"})
        said = ended(service, drawing())
        assert (said.data["code"], said.data["detail"]) == ("stopped", "aborted")

    def test_needs_no_version(self, service: Replicate) -> None:
        service.fates.append({"version": None})
        assert ended(service, drawing()).status == "succeeded"

    @pytest.mark.parametrize("output", [None, [], "", {}, ["/etc/passwd"], "file:///etc/passwd", 7, [None]])
    def test_finds_no_result_in_what_is_no_address(self, service: Replicate, output: Any) -> None:
        service.fates.append({"output": output})
        assert ended(service, drawing()).data["code"] == "bad_result"

    def test_finds_no_words_in_what_is_no_transcript(self, service: Replicate, sound: Path) -> None:
        service.fates.append({"output": "https://replicate.delivery/x/out.srt"})
        order = Order(spec("openai/whisper"), EarsRequest(sound, 2.0))
        assert ended(service, order).data["code"] == "bad_result"

    def test_comes_too_late_after_an_hour(self, service: Replicate) -> None:
        receipt = REPLICATE.submit(drawing(), key=KEY)
        service.clock.advance(3_700)
        said = ask(receipt.remote_id)
        assert isinstance(said, Answered)
        assert said.data["code"] == "result_gone"

    def test_waits_for_a_word_that_is_new(self, service: Replicate, settings: Any) -> None:
        settings.PROVIDERS_STRICT = False
        service.fates.append({"status": "dreaming"})
        receipt = REPLICATE.submit(drawing(), key=KEY)
        service.clock.advance(9)
        assert ask(receipt.remote_id) == Pending()

    def test_ends_with_a_new_word_that_is_an_end(self, service: Replicate, settings: Any) -> None:
        settings.PROVIDERS_STRICT = False
        service.fates.append({"status": "expired", "error": "It took too long."})
        said = ended(service, drawing())
        assert (said.data["code"], said.data["detail"]) == (
            "provider_failed",
            "the status expired; It took too long.",
        )

    def test_a_new_word_is_an_error_where_contracts_are_held(self, service: Replicate) -> None:
        service.fates.append({"status": "dreaming"})
        receipt = REPLICATE.submit(drawing(), key=KEY)
        service.clock.advance(9)
        with pytest.raises(line.Strange, match="dreaming"):
            ask(receipt.remote_id)

    @pytest.mark.parametrize("status", [429, 500, 503, 504])
    def test_is_done_once_and_put_off(self, service: Replicate, status: int) -> None:
        receipt = REPLICATE.submit(drawing(), key=KEY)
        service.fault("ask", "status", status=status, retry_after=9_999, times=3)
        with pytest.raises(NotNow) as later:
            ask(receipt.remote_id)
        assert service.asked["ask"] == 1
        assert later.value.retry_after == 3_600

    @pytest.mark.parametrize(("kind", "how"), [("cut", {}), ("truncated", {}), ("html", {"status": 200})])
    def test_that_is_not_answered_is_trouble_and_no_end(
        self, service: Replicate, kind: str, how: dict[str, Any]
    ) -> None:
        receipt = REPLICATE.submit(drawing(), key=KEY)
        service.fault("ask", kind, **how)
        with pytest.raises((httpx.TransportError, line.Strange)):
            ask(receipt.remote_id)
        service.clock.advance(9)
        said = ask(receipt.remote_id)
        assert isinstance(said, Answered)

    def test_of_a_service_that_hangs_ends(self, service: Replicate, monkeypatch: pytest.MonkeyPatch) -> None:
        receipt = REPLICATE.submit(drawing(), key=KEY)
        monkeypatch.setitem(line.ASK, "read", 0.2)
        service.fault("ask", "hang", seconds=5)
        with pytest.raises(httpx.ReadTimeout):
            ask(receipt.remote_id)

    def test_of_many_at_once_is_not_one_after_the_other(self, service: Replicate) -> None:
        service.seconds = 4_000
        ids = [REPLICATE.submit(drawing(), key=KEY).remote_id for _ in range(12)]

        async def all_of_them() -> list[Any]:
            return list(await asyncio.gather(*(REPLICATE.ask(each) for each in ids)))

        assert asyncio.run(all_of_them()) == [Pending()] * 12

    def test_leaves_nothing_open_when_its_loop_ends(self, service: Replicate) -> None:
        receipt = REPLICATE.submit(drawing(), key=KEY)
        for _ in range(2):
            ask(receipt.remote_id)
        assert line._kept == {}


class TestAbandoning:
    def test_stops_it(self, service: Replicate) -> None:
        receipt = REPLICATE.submit(drawing(), key=KEY)
        asyncio.run(REPLICATE.abandon(receipt.remote_id))
        said = ask(receipt.remote_id)
        assert isinstance(said, Answered)
        assert (said.data["code"], said.data["detail"]) == ("stopped", "canceled")

    def test_does_not_undo_what_is_done(self, service: Replicate) -> None:
        receipt = REPLICATE.submit(drawing(), key=KEY)
        service.clock.advance(9)
        asyncio.run(REPLICATE.abandon(receipt.remote_id))
        said = ask(receipt.remote_id)
        assert isinstance(said, Answered)
        assert said.status == "succeeded"


class TestFinding:
    def test_waits_two_minutes_for_a_webhook_that_may_come(self, service: Replicate) -> None:
        """A simulated service on this machine reaches us without https."""
        assert REPLICATE.find(key=KEY, sent_seconds_ago=119) is None
        with pytest.raises(CannotLookUp):
            REPLICATE.find(key=KEY, sent_seconds_ago=121)

    def test_is_given_up_at_once_where_no_webhook_can_come(self, settings: Any) -> None:
        settings.PROVIDERS = {**settings.PROVIDERS, "replicate": ("r8_real", "")}
        with pytest.raises(CannotLookUp):
            REPLICATE.find(key=KEY, sent_seconds_ago=1)

    def test_never_says_that_nothing_was_made(self) -> None:
        """`jobs.remote` sends again what a service does not find for as long as it may take to settle."""
        assert REPLICATE.settles > 120


def test_results_lie_where_replicate_keeps_them() -> None:
    assert set(HOSTS) == {"replicate.delivery", ".replicate.delivery"}
    assert Decimal(str(REPLICATE.min_poll)) >= Decimal("0.5")
