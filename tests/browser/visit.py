"""One visit of a browser to a served ledger; what it asks of whom and what its console says is watched."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol, TypedDict
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Response,
    WebError,
)

AXE: Final = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
SERIOUS: Final = frozenset({"serious", "critical"})
_LOCAL: Final = frozenset({"data", "blob", "about"})


class _Shape(TypedDict):
    viewport: dict[str, int]
    device_scale_factor: float
    is_mobile: bool
    has_touch: bool


class Device(StrEnum):
    """What a page is looked at with."""

    PHONE = "phone"
    SMALL_PHONE = "small phone"
    DESK = "desk"


_SHAPES: Final[dict[Device, _Shape]] = {
    Device.PHONE: _Shape(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, has_touch=True
    ),
    Device.SMALL_PHONE: _Shape(
        viewport={"width": 320, "height": 640}, device_scale_factor=2, is_mobile=True, has_touch=True
    ),
    Device.DESK: _Shape(
        viewport={"width": 1280, "height": 800}, device_scale_factor=1, is_mobile=False, has_touch=False
    ),
}


@dataclass  # without slots: Playwright notes its listeners on whose methods they are
class Visit:
    """A browser context on one site.

    Attributes:
        context: the browser's own; for offline mode, permissions and storage.
        page: its first page.
        url: the address of the served demonstration, without a slash at the end.
        asked: the address of every request that left a page or a worker.
        errors: what the console said as an error, and what a script did not catch.
        scripts: whether pages may run scripts.
        allowed: parts of console errors that the test expects, such as a status it provokes.
    """

    context: BrowserContext
    page: Page
    url: str
    scripts: bool = True
    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def go(self, path: str) -> Response:
        """Open a page of the site and return its answer."""
        answer = self.page.goto(f"{self.url}{path}")
        assert answer is not None, path
        return answer

    def foreign(self) -> list[str]:
        """Return the addresses asked for that are not of the served site."""
        own = urlsplit(self.url).netloc
        asked = (urlsplit(one) for one in self.asked)
        return [one.geturl() for one in asked if one.scheme not in _LOCAL and one.netloc != own]

    def complaints(self) -> list[str]:
        """Return the errors that the test did not expect."""
        return [one for one in self.errors if not any(part in one for part in self.allowed)]

    def hurdles(self, *but: str) -> list[str]:
        """Return what axe-core finds serious on the page as it stands: rule, what, and where.

        The visit must have scripts on: axe-core waits on timers, and would wait for ever.

        Args:
            but: ids of axe rules to leave out, each with its reason beside the call.
        """
        assert self.scripts, "axe-core needs scripts"
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        rules = {one: {"enabled": False} for one in but}
        found: dict[str, Any] = self.page.evaluate(
            "rules => axe.run(document, {rules, resultTypes: ['violations']})", rules
        )
        return [
            f"{one['id']} ({one['impact']}): {one['help']}: {[node['target'] for node in one['nodes'][:5]]}"
            for one in found["violations"]
            if one["impact"] in SERIOUS
        ]

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the screen; it then scrolls sideways."""
        wide: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wide

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _failed(self, error: WebError) -> None:
        self.errors.append(str(error.error))

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)


class Visits(Protocol):
    """What opens a visit: by default the shared demonstration, on a desk screen, in English, with scripts."""

    def __call__(
        self,
        url: str = ...,
        *,
        device: Device = Device.DESK,
        lang: str = "en",
        javascript: bool = True,
        dark: bool = False,
        permissions: Sequence[str] = (),
    ) -> Visit:
        """Return a visit whose context closes, and is judged, when the test ends."""


@contextmanager
def visiting(
    browser: Browser,
    url: str,
    *,
    device: Device = Device.DESK,
    lang: str = "en",
    javascript: bool = True,
    dark: bool = False,
    permissions: Sequence[str] = (),
) -> Iterator[Visit]:
    """Open a fresh browser context; at its end nothing may have left the host and no error been shown."""
    context = browser.new_context(
        **_SHAPES[device],  # type: ignore[arg-type]  # the names and types are those of new_context
        locale=lang,
        timezone_id="Asia/Shanghai",
        java_script_enabled=javascript,
        color_scheme="dark" if dark else "light",
        permissions=list(permissions),
        reduced_motion="reduce",
    )
    context.set_default_timeout(10_000)
    try:
        visit = Visit(context, context.new_page(), url.rstrip("/"), javascript)
        context.on("request", visit._request)
        context.on("console", visit._said)
        context.on("weberror", visit._failed)
        yield visit
        assert visit.foreign() == []
        assert visit.complaints() == []
    finally:
        try:
            context.close()
        except Error as error:  # a test may have closed it
            if "closed" not in str(error):
                raise
