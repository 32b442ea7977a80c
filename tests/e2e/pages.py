"""Every page of Echoes and every state of it: for the pictures (`screens`), the test of every page, and the
benchmark. Made by real rows (`tests.world`), and where a state lives in the browser alone, by using it."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route

from tests import pictures

NOBODY, ALICE, NEWCOMER, ROBIN = "", "alice", "newcomer", "robin"
SECONDS = 15_000


@dataclass(frozen=True)
class Shown:
    """A page in one state. `address` is a path, or the name of one of the world's. `act` is what brings it
    into its state, `undo` what takes it out again. `main`: it stands for its page in tests and benchmarks."""

    name: str
    title: str
    address: str
    who: str = ALICE
    act: Callable[[Page], Any] | None = None
    undo: Callable[[Page], Any] | None = None
    status: int = 200
    main: bool = False

    def path(self, world: dict[str, Any]) -> str:
        return self.address if self.address.startswith("/") else world["pages"][self.address]


def enter(context: BrowserContext, world: dict[str, Any], who: str, url: str) -> None:
    """Sign in, by the cookie."""
    if who:
        context.add_cookies([{"name": "sessionid", "value": world["cookies"][who], "url": url}])


# ---- what brings a page into a state --------------------------------------------------------


def _press(name: str) -> Callable[[Page], None]:
    return lambda page: page.locator("main").get_by_role("button", name=re.compile(name)).first.click()


def _wrong_sign_in(page: Page) -> None:
    page.get_by_label("Email").fill(f"{uuid.uuid4().hex[:8]}@example.org")
    page.get_by_label("Password", exact=True).fill("not my password")
    page.locator("main form button.button--main").click()
    page.locator(".form__errors, .errorlist").first.wait_for()


def _wrong_sign_up(page: Page) -> None:
    page.get_by_label("Email").fill(f"{uuid.uuid4().hex[:8]}@example.org")
    page.get_by_label("Password").first.fill("12345")
    page.locator("main form button.button--main").click()
    page.locator(".form__errors, .errorlist").first.wait_for()


def _code(page: Page) -> None:
    page.get_by_label("Email").fill(f"{uuid.uuid4().hex[:8]}@example.org")
    page.get_by_label("Password").first.fill("correct horse battery")
    page.locator("main form button.button--main").click()
    page.get_by_label("Code").wait_for()


def _search_without_hits(page: Page) -> None:
    page.get_by_label("Search by title, photo or film").fill("nothing is called so")
    page.locator("#found .empty").wait_for()


def _send_a_file(page: Page) -> None:
    """It stays on its way: the server is never asked."""
    page.route(re.compile("/photos/|/media/"), _hang)
    drawn = io.BytesIO()
    pictures.draw().save(drawn, "JPEG")
    file = {"name": "a long day at the beach.jpg", "mimeType": "image/jpeg", "buffer": drawn.getvalue()}
    page.locator("photo-drop input[type=file]").first.set_input_files([file])
    page.locator(".tray__row").first.wait_for()


def _hang(route: Route) -> None:
    """Whoever asks waits until the page is left."""


def _let_go(page: Page) -> None:
    page.unroute_all(behavior="ignoreErrors")


def _prompt(page: Page) -> None:
    page.locator(".clip__tools [popovertarget]").first.click()
    page.locator(".sheet:popover-open").wait_for()


def _takes(page: Page) -> None:
    page.locator(".clip__takes").first.click()
    page.locator("dialog.sheet[open] .take").first.wait_for()


def _remove(page: Page) -> None:
    """One that is ready: nothing is made when it comes back."""
    page.locator(".clip").nth(1).get_by_role("button", name=re.compile("^Remove")).click()
    page.locator(".toast", has_text="out of the film").wait_for()


def _bring_back(page: Page) -> None:
    page.locator(".toast").get_by_role("button", name="Undo").click()
    page.locator(".toast", has_text="out of the film").wait_for(state="detached")


def _menu(page: Page) -> None:
    page.locator(".menu summary").click()


def _tray(page: Page) -> None:
    page.locator(".work summary").click()


def _play(page: Page) -> None:
    """The preview, some way into the film."""
    line = page.locator("film-preview .deck input[type=range]")
    page.locator("film-preview .stage:not([aria-busy=true])").wait_for()
    line.fill("500")


def _words(page: Page) -> None:
    page.locator(".strip__clip").first.click()
    page.locator("#opened .opened").wait_for()


def _join(page: Page) -> None:
    page.locator(".strip__join").first.click()
    page.locator("#opened .opened").wait_for()


def _unfold(page: Page) -> None:
    """Everything on the page that can be opened."""
    page.evaluate("() => document.querySelectorAll('main details').forEach((each) => { each.open = true; })")


PAGES = (
    Shown("landing", "Landing", "/", NOBODY, main=True),
    Shown("pricing", "Pricing", "/pricing/", NOBODY, main=True),
    Shown("sign-up", "Sign up", "/accounts/signup/", NOBODY, main=True),
    Shown("sign-up-wrong", "Sign up", "/accounts/signup/", NOBODY, _wrong_sign_up),
    Shown("sign-up-code", "Sign up", "/accounts/signup/", NOBODY, _code),
    Shown("sign-in", "Sign in", "/accounts/login/", NOBODY, main=True),
    Shown("sign-in-wrong", "Sign in", "/accounts/login/", NOBODY, _wrong_sign_in),
    Shown("forgotten", "Sign in", "/accounts/password/reset/", NOBODY),
    Shown("mailbox", "Mail of this machine", "/mail/", NOBODY),
    Shown("dashboard-empty", "Dashboard", "/projects/", NEWCOMER),
    Shown("dashboard", "Dashboard", "/projects/", main=True),
    Shown("dashboard-no-hits", "Dashboard", "/projects/", act=_search_without_hits),
    Shown("dashboard-menu", "Dashboard", "/projects/", act=_menu),
    Shown("dashboard-tray", "Dashboard", "/projects/", act=_tray, undo=_tray),
    Shown("project-empty", "Project", "empty", NEWCOMER, main=True),
    Shown("project-uploading", "Project", "empty", NEWCOMER, _send_a_file, _let_go),
    Shown("project", "Project", "outdoors", main=True),
    Shown("project-states", "Project", "lake", main=True),
    Shown("project-removed", "Project", "lake", act=_remove, undo=_bring_back),
    Shown("project-prompt", "Project", "lake", act=_prompt),
    Shown("project-takes", "Project", "lake", act=_takes),
    Shown("finish-empty", "Finish", "finish-empty"),
    Shown("finish", "Finish", "finish", main=True),
    Shown("finish-middle", "Finish", "finish", act=_play),
    Shown("finish-unfolded", "Finish", "finish", act=_unfold),
    Shown("finish-words", "Finish", "finish", act=_words),
    Shown("finish-join", "Finish", "finish", act=_join),
    Shown("film", "Film", "film", main=True),
    Shown("film-making", "Film", "film-making"),
    Shown("film-failed", "Film", "film-failed"),
    Shown("film-stopped", "Film", "film-stopped"),
    Shown("credits", "Credits", "/credits/", main=True),
    Shown("credits-empty", "Credits", "/credits/", NEWCOMER),
    Shown("notices", "Notices", "/notices/", main=True),
    Shown("notices-empty", "Notices", "/notices/", NEWCOMER),
    Shown("notices-mail", "Notices", "/notices/by-mail/"),
    Shown("settings", "Settings", "/settings/", main=True),
    Shown("settings-address", "Settings", "/accounts/email/"),
    Shown("settings-factor", "Settings", "/accounts/2fa/"),
    Shown("yours", "What is yours", "/yours/space/"),
    Shown("sent", "What was sent", "/settings/sent/", main=True),
    Shown("styleguide", "Styleguide", "/styleguide/", ROBIN, main=True),
    Shown("error-400", "Errors", "/styleguide/400/", ROBIN, status=400),
    Shown("error-403", "Errors", "/admin/", ALICE, status=403),
    Shown("error-403-form", "Errors", "/styleguide/403_csrf/", ROBIN, status=403),
    Shown("error-404", "Errors", "/nowhere/", NOBODY, status=404, main=True),
    Shown("error-429", "Errors", "/styleguide/429/", ROBIN, status=429),
    Shown("error-500", "Errors", "/styleguide/500/", ROBIN, status=500),
    Shown("staff", "Staff", "/admin/", ROBIN),
    Shown("staff-jobs", "Staff", "/admin/jobs/", ROBIN),
    Shown("staff-jobs-all", "Staff", "/admin/jobs/all/", ROBIN),
    Shown("staff-job", "Staff", "job", ROBIN),
    Shown("staff-credits", "Staff", "/admin/credits/", ROBIN),
    Shown("staff-users", "Staff", "/admin/accounts/user/", ROBIN),
    Shown("staff-user", "Staff", "user", ROBIN),
    Shown("staff-models", "Staff", "/admin/providers/model/", ROBIN),
)
MAIN = tuple(page for page in PAGES if page.main)
