"""What the tests in a browser share: one Chromium and one served demonstration for each worker's session."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from ledger.audit import Trust, audit
from ledger.identifiers import ItemId
from tests.browser.gate_steps import PACKS
from tests.browser.gatehouse import Gatehouse, gatehouse
from tests.browser.visit import Device, Visit, Visits, visiting
from tests.conftest import go_without
from tests.demonstration import Demonstration, built, served
from tests.ledgers import StoreSource
from tests.scenario import pack

# Nothing but the served demonstration has a name or an address for this browser.
_NOWHERE: Final = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"
_QUIET: Final = (_NOWHERE, "--disable-background-networking", "--disable-component-update", "--no-first-run")

Launch = Callable[..., AbstractContextManager[Browser]]


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    """Return what starts a Chromium with further switches, such as a camera fed from a file."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        go_without("no chromium on PATH (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        yield partial(_launched, playwright, found)


@contextmanager
def _launched(playwright: Playwright, program: str, *switches: str) -> Iterator[Browser]:
    # Root has no sandbox to go into; the pages are our own.
    sandbox = () if os.geteuid() else ("--no-sandbox",)
    browser = playwright.chromium.launch(executable_path=program, args=[*_QUIET, *sandbox, *switches])
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture(scope="session")
def chromium(launch: Launch) -> Iterator[Browser]:
    """Return the browser that the tests of a session share; each test has a context of its own."""
    with launch() as browser:
        yield browser


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """Return the served demonstration that the tests of a session share: they only read it."""
    folder = tmp_path_factory.mktemp("demonstration")
    with served(built(folder, f"sqlite:///{folder / 'ledger.db'}")) as running:
        yield running


@pytest.fixture
def own_demonstration(demonstration: Demonstration, tmp_path: Path) -> Iterator[Demonstration]:
    """Return a served copy of the demonstration, for a test that writes."""
    folder = tmp_path / "own"
    shutil.copytree(demonstration.folder.parent, folder)
    with served(demonstration.copied(folder)) as running:
        yield running


@pytest.fixture
def visit(chromium: Browser, demonstration: Demonstration) -> Iterator[Visits]:
    """Return what opens the shared demonstration, or the `url` it is given, in a context of its own."""
    with ExitStack() as visits:

        def start(
            url: str = demonstration.url,
            *,
            device: Device = Device.DESK,
            lang: str = "en",
            javascript: bool = True,
            dark: bool = False,
            permissions: Sequence[str] = (),
        ) -> Visit:
            new = visiting(
                chromium,
                url,
                device=device,
                lang=lang,
                javascript=javascript,
                dark=dark,
                permissions=permissions,
            )
            return visits.enter_context(new)

        yield start


@pytest.fixture(params=[Device.PHONE, Device.DESK], ids=str)
def device(request: pytest.FixtureRequest) -> Device:
    """Return each screen that a flow must work on."""
    found = request.param
    assert isinstance(found, Device)
    return found


@pytest.fixture(params=["zh-CN", "en"])
def lang(request: pytest.FixtureRequest) -> str:
    """Return each language of the pages, as a browser asks for it."""
    return str(request.param)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gatehouse]:
    """Return a served ledger with one load on its way and some packs to stop; it is audited at the end."""
    with gatehouse(tmp_path_factory.mktemp("gatehouse"), PACKS) as found:
        found.wanted()
        yield found
        with found.service.snapshot() as snapshot:
            root = snapshot.entry_rows(0, 1)[0].event_id
        source = StoreSource(found.service.store, found.service.sequencer)
        report = audit(source, Trust(found.service.vkey, root))
        assert report.ok, report.findings


@pytest.fixture
def load(house: Gatehouse) -> list[ItemId]:
    """Send three more packs, which one test has to itself."""
    first = 1_000 + 10 * len(house.labels)
    packs = [pack(first + number) for number in range(3)]
    house.make(*packs)
    house.offer(f"load {first}", packs)
    return packs
