from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from echoes.kernel import clock
from jobs import access, lifecycle, standing
from jobs.models import JobEvent, ServiceState
from jobs.states import Phase, State
from tests import cast
from tests.jobs.made import address, failed, queued, running, said, succeeded, text
from tests.lab.models import Chore, Errand

pytestmark = pytest.mark.django_db(transaction=True)


def _browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def staff(*permissions: str) -> User:
    """A member of staff who has these permissions and no other."""
    user = User.objects.create_user(f"{uuid4().hex[:8]}@example.org", cast.PASSWORD, is_staff=True)
    names = [permission.removeprefix("jobs.") for permission in permissions]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


class TestLanguage:
    @pytest.fixture(autouse=True)
    def english_again(self) -> Iterator[None]:
        with translation.override("en"):
            yield

    def test_is_that_of_whoever_looks(self, alice: User) -> None:
        user, job = staff(access.VIEW), failed(alice)
        User.objects.filter(pk=user.pk).update(language="de")
        client = _browser(user)
        assert "Aufträge | Echoes-Team" in text(client.get(reverse("jobs:overview")))
        page = text(client.get(address("show", job)))
        assert 'data-state="failed">fehlgeschlagen<' in page
        assert "Fehlgeschlagen (" in page
        assert ">fehlgeschlagen</option>" in text(client.get(reverse("jobs:all")))


class TestDoor:
    def test_is_open_to_nobody_without_the_permission(self, alice: User, bob: User, subtests: Any) -> None:
        job = queued(alice)
        for user in (alice, bob, staff()):
            client = _browser(user)
            for path in (reverse("jobs:overview"), reverse("jobs:all"), address("show", job)):
                with subtests.test(f"{user} {path}"):
                    assert client.get(path).status_code == 403
            for name in ("retry", "cancel"):
                with subtests.test(f"{user} {name}"):
                    assert client.post(address(name, job)).status_code == 403
        job.refresh_from_db()
        assert job.state == State.QUEUED

    def test_sends_whoever_is_signed_out_to_sign_in(self, alice: User, charlies: Client) -> None:
        answer = charlies.get(address("show", queued(alice)))
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("account_login"))

    def test_lets_those_who_may_only_look_do_nothing_else(self, alice: User) -> None:
        client, job = _browser(staff(access.VIEW)), queued(alice)
        page = client.get(address("show", job))
        assert page.status_code == 200
        assert address("cancel", job) not in text(page)
        assert client.post(address("cancel", job)).status_code == 403

    def test_lets_those_act_who_may(self, alice: User) -> None:
        client, job = _browser(staff(access.VIEW, access.CHANGE)), queued(alice)
        assert address("cancel", job) in text(client.get(address("show", job)))
        assert client.post(address("cancel", job)).status_code == 302

    def test_keeps_an_account_out_that_is_no_longer_staff(self, alice: User) -> None:
        former = staff(access.VIEW, access.CHANGE)
        User.objects.filter(pk=former.pk).update(is_staff=False)
        assert _browser(former).get(reverse("jobs:overview")).status_code == 403

    @pytest.mark.parametrize("name", ["retry", "cancel"])
    def test_refuses_an_act_that_is_only_looked_at(self, alice: User, robins: Client, name: str) -> None:
        assert robins.get(address(name, queued(alice))).status_code == 405

    @pytest.mark.parametrize("name", ["retry", "cancel"])
    def test_refuses_an_act_from_another_site(self, alice: User, robin: User, name: str) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(robin)
        assert client.post(address(name, queued(alice))).status_code == 403

    def test_knows_no_job_of_another_kind_or_id(self, alice: User, robins: Client) -> None:
        job = queued(alice)
        for path in (f"nothing/{job.pk}", f"errand/{job.pk}", f"chore/{uuid4()}", "chore/7", "chore/x"):
            assert robins.get(f"/admin/jobs/{path}/").status_code == 404

    def test_is_found_from_every_page_of_the_admin(self, robins: Client) -> None:
        assert f'href="{reverse("jobs:overview")}"' in text(robins.get(reverse("admin:index")))


class TestRetry:
    def test_goes_through_the_lifecycle_and_says_who(self, alice: User, robin: User, robins: Client) -> None:
        job = failed(alice)
        page = robins.post(address("retry", job), follow=True)
        job.refresh_from_db()
        event = JobEvent.objects.filter(job_id=job.pk).latest("id")
        assert (job.state, event.old, event.new, event.by) == ("queued", "failed", "queued", robin)
        assert "It is in the queue again." in said(page)
        assert page.redirect_chain == [(address("show", job), 302)]

    def test_is_written_into_the_admins_log(self, alice: User, robin: User, robins: Client) -> None:
        job = failed(alice)
        robins.post(address("retry", job))
        entry = LogEntry.objects.get()
        assert (entry.user, entry.object_id, entry.change_message) == (robin, str(job.pk), "Tried again.")

    def test_says_why_not(self, alice: User, robins: Client) -> None:
        job = succeeded(alice)
        page = robins.post(address("retry", job), follow=True)
        assert "Only work that failed or was cancelled can be tried again." in said(page)
        assert not LogEntry.objects.exists()

    def test_says_that_the_same_thing_exists_already(self, alice: User, robins: Client) -> None:
        job = failed(alice, digest="the same")
        queued(alice, digest="the same")
        page = robins.post(address("retry", job), follow=True)
        job.refresh_from_db()
        assert "The same thing exists already" in said(page)
        assert job.state == State.FAILED
        assert not LogEntry.objects.exists()

    def test_warns_where_a_provider_may_have_made_it(self, alice: User, robins: Client) -> None:
        job = lifecycle.claim(lifecycle.enqueue(Errand(owner=alice, service="lab")), now=clock.now())
        Errand.objects.filter(pk=job.pk).update(phase=Phase.SUBMITTING, submit_key=uuid4())
        lifecycle.fail(job, code="ambiguous", message="Nobody knows.", now=clock.now())
        page = said(robins.get(address("show", job)))
        assert "may be paid for a second time" in page
        assert "paid for" not in said(robins.get(address("show", failed(alice))))


class TestCancel:
    def test_ends_what_nobody_works_on(self, alice: User, robin: User, robins: Client) -> None:
        job = queued(alice)
        page = robins.post(address("cancel", job), follow=True)
        job.refresh_from_db()
        event = JobEvent.objects.filter(job_id=job.pk).latest("id")
        assert (job.state, event.new, event.by) == ("cancelled", "cancelled", robin)
        assert "It is cancelled." in said(page)
        assert LogEntry.objects.get().change_message == "Cancelled."

    def test_asks_the_worker_to_stop(self, alice: User, robin: User, robins: Client) -> None:
        job = running(alice)
        page = robins.post(address("cancel", job), follow=True)
        job.refresh_from_db()
        assert job.state == State.CANCELLING
        assert JobEvent.objects.filter(job_id=job.pk).latest("id").by == robin
        assert "Its worker has been asked to stop." in said(page)

    @pytest.mark.parametrize("end", [succeeded, failed])
    def test_says_that_it_is_too_late(self, alice: User, robins: Client, end: Callable[..., Chore]) -> None:
        job = end(alice)
        before = job.state
        page = robins.post(address("cancel", job), follow=True)
        job.refresh_from_db()
        assert job.state == before
        assert "there is nothing to cancel" in said(page)
        assert not LogEntry.objects.exists()

    def test_is_not_written_down_twice(self, alice: User, robins: Client) -> None:
        job = running(alice)
        for _ in range(2):
            robins.post(address("cancel", job))
        assert LogEntry.objects.count() == 1


class TestProvidersInTheAdmin:
    def test_can_be_switched_off_before_there_was_any_trouble(self, robins: Client) -> None:
        form = {"name": "lab", "switched_off": "on", "limit": ""}
        assert robins.post(reverse("admin:jobs_servicestate_add"), form).status_code == 302
        assert list(standing.shut(now=clock.now())) == ["lab"]

    def test_cannot_be_invented(self, robins: Client) -> None:
        page = robins.post(reverse("admin:jobs_servicestate_add"), {"name": "labb", "limit": ""})
        assert "There is no such provider. There are: lab, openai, replicate, runway." in said(page)

    def test_do_not_lose_what_the_breaker_wrote_meanwhile(
        self, robins: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ServiceState.objects.create(name="lab")
        save = ServiceState.save

        def late(state: ServiceState, *args: Any, **kwargs: Any) -> None:
            ServiceState.objects.filter(name="lab").update(failures=5)
            save(state, *args, **kwargs)

        monkeypatch.setattr(ServiceState, "save", late)
        path = reverse("admin:jobs_servicestate_change", args=["lab"])
        assert robins.post(path, {"limit": "2"}).status_code == 302
        found = ServiceState.objects.get()
        assert (found.limit, found.failures) == (2, 5)

    def test_are_never_deleted(self, robins: Client) -> None:
        ServiceState.objects.create(name="lab")
        assert robins.post(reverse("admin:jobs_servicestate_delete", args=["lab"])).status_code == 403


class TestEventsInTheAdmin:
    def test_are_read_only(self, alice: User, robins: Client) -> None:
        queued(alice)
        event = JobEvent.objects.get()
        for name, arguments in (("add", []), ("delete", [event.pk])):
            assert robins.post(reverse(f"admin:jobs_jobevent_{name}", args=arguments)).status_code == 403
        assert robins.post(reverse("admin:jobs_jobevent_change", args=[event.pk]), {}).status_code == 403

    def test_lead_to_their_jobs(self, alice: User, robins: Client) -> None:
        job = queued(alice)
        JobEvent.objects.create(kind="former", job_id=uuid4(), new="queued")
        page = robins.get(reverse("admin:jobs_jobevent_changelist"))
        assert page.status_code == 200
        assert address("show", job) in text(page)
        found = robins.get(reverse("admin:jobs_jobevent_changelist"), {"q": str(job.pk)})
        assert text(found).count(address("show", job)) == 1
