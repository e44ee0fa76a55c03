"""The stage of a story: a site with its clock, its registrar, its auditor and its public, and a post office.

Nothing here looks into the ledger. A firm's software signs with `tests.clients.plain`, asks the API for tips,
and checks every receipt it gets.
"""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from werkzeug.test import TestResponse

from ledger.rules import LATEST, rules_sha256
from tests.site import Site
from tests.stories.cast import Firm
from tests.stories.goods import Claim
from tests.stories.readers import Auditor, Public

BEIJING: Final = timezone(timedelta(hours=8))
MINUTE_MS: Final = 60_000
OPENING: Final = "2026-06-01"


class Stage:
    """A founded log; firms come on with `enrols`, time passes with `on`."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.site = Site(folder, database_url)
        self.origin = self.site.config.origin
        self.clock = self.site.clock
        self.client = self.site.client
        self.vkey = self.site.service.vkey.format()
        self.firms = dict[str, Firm]()
        self.told = 0
        self.on(OPENING)
        self.public = Public(self)
        self.registrar = self._founded()
        self.auditor = Auditor(self)

    def close(self) -> None:
        """Close the site."""
        self.site.close()

    # Who

    def enrols(self, name: str, *roles: str, vendor: str | None = None) -> Firm:
        """The registrar enrols a firm, which adds its office key; with a vendor code it files that too."""
        firm = self._firm(name)
        self.registrar.states(
            "org.enrolled",
            firm.id,
            name_en=name,
            name_zh=f"虚构{name}",
            roles=list(roles),
            district=firm.district,
            admin=firm.public_key("admin"),
        )
        firm.adds_key("office")
        if vendor is not None:
            firm.files(vendor)
        return firm

    def _firm(self, name: str) -> Firm:
        firm = Firm(self, name, number=len(self.firms) + 1)
        self.firms[firm.id] = firm
        return firm

    def _founded(self) -> Firm:
        registrar = self._firm("Registrar")
        registrar.states(
            "org.enrolled",
            registrar.id,
            key="admin",
            name_en="Registrar",
            name_zh="虚构登记机构",
            roles=["registrar"],
            district=registrar.district,
            admin=registrar.public_key("admin"),
            recovery=registrar.public_key("recovery"),
            rules={"version": LATEST, "sha256": rules_sha256(LATEST)},
        )
        registrar.adds_key("office")
        return registrar

    # When

    def on(self, day: str) -> None:
        """It is nine in the morning of this day; no story goes back in time."""
        self.clock.now = int(datetime.fromisoformat(f"{day}T09:00:00+08:00").timestamp() * 1000)

    def tick(self) -> str:
        """Let a minute pass and return the time as an event states it."""
        self.clock.now += MINUTE_MS
        self.told += 1
        return self.now

    @property
    def now(self) -> str:
        """The time as an event states it."""
        return self.moment(0)

    def moment(self, minutes: int) -> str:
        """Return the time so many minutes from now, before now if negative."""
        at = datetime.fromtimestamp(self.clock.now // 1000, BEIJING) + timedelta(minutes=minutes)
        return at.isoformat(timespec="seconds")

    @property
    def today(self) -> str:
        """The day of a story as an event states it."""
        return self.now[:10]

    # How

    def post(self, sd_jwt: str, *, dry_run: bool = False, language: str = "en") -> TestResponse:
        """Send one event."""
        return self.site.post_one(sd_jwt, "?dry_run=1" if dry_run else "", Accept_Language=language)

    def get(self, path: str, **headers: str) -> TestResponse:
        """Ask for an address; it must answer."""
        answer = self.site.get(path, **headers)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        return answer

    def json(self, path: str, **headers: str) -> Claim:
        """Ask for JSON."""
        return self.get(path, **headers).get_json()

    def tips(self, items: list[str]) -> dict[str, str | None]:
        """Ask for the tip of each item or organisation, None for what the ledger does not know."""
        if not items:
            return {}
        answer = self.client.post("/v1/items/lookup", json={"items": items})
        assert answer.status_code == 200, answer.text
        found = {row["query"]: row["state"] for row in answer.get_json()["items"]}
        return {item: None if found[item] is None else found[item]["tip"] for item in items}
