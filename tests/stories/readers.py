"""Those who sign nothing: the public, which reads pages and states, and the auditor, who believes no one."""

import html
import re
from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from cli.sources import HttpSource
from ledger.audit import Report, Trust, audit
from tests.loopback import serving
from tests.stories.cast import Firm
from tests.stories.goods import Claim, code

if TYPE_CHECKING:
    from tests.stories.stage import Stage

_PARTIES: Final = frozenset({"custodian", "owner", "operator"})
_VIEWED: Final = frozenset({"ended", "inside", "recalls"})


class Public:
    """Anybody with a telephone."""

    def __init__(self, stage: "Stage") -> None:
        self.stage = stage

    def sees(self, item: str, *texts: str, zh: str | None = None) -> None:
        """Open an item's page and find these texts on it; `zh` stands on the Chinese one."""
        page = self.page(item)
        for text in texts:
            assert text in page, f"{text!r} is not on the page: {page}"
        if zh is not None:
            assert zh in self.page(item, "zh-CN"), self.page(item, "zh-CN")

    def does_not_see(self, item: str, *texts: str) -> None:
        """Open an item's page and find none of these texts."""
        page = self.page(item)
        for text in texts:
            assert text not in page, f"{text!r} is on the page: {page}"

    def page(self, item: str, language: str = "en", token: str = "") -> str:
        """Return the words of an item's page, or of what its label opens."""
        path = f"/p/{code(item)}/{token}".rstrip("/")
        headers = {"Accept": "text/html", "Accept-Language": language}
        answer = self.stage.client.get(path, headers=headers, follow_redirects=True)
        assert answer.status_code == HTTPStatus.OK, f"{path}: {answer.text}"
        return words(answer.text)

    def opens(self, share: Claim) -> str:
        """Follow a link that somebody shared; return the words of the page, or of its refusal."""
        answer = self.stage.site.get(
            share["link"].removeprefix(self.stage.site.config.base_url), Accept="text/html"
        )
        return words(answer.text)

    def knows(self, item: str, **facts: object) -> None:
        """Ask for an item's state and find these facets; what is None is not there."""
        view = self.view(item)
        for name, expected in facts.items():
            if name in _PARTIES:
                told, wanted = view[name]["id"], expected.id if isinstance(expected, Firm) else expected
            else:
                told, wanted = (view if name in _VIEWED else view["state"]).get(name), expected
            assert told == wanted, f"{item}: {name} is {told}, not {wanted}"

    def view(self, item: str) -> Claim:
        """Return an item as the API tells it."""
        return self.stage.json(f"/v1/items/{code(item)}")

    def history(self, item: str) -> list[str]:
        """Return the types of the events about an item, in log order."""
        return [one["event"] for one in self.events(item)]

    def events(self, item: str) -> Claim:
        """Return the events about an item, in log order."""
        return self.stage.json(f"/v1/items/{code(item)}/events?limit=1000")["events"]

    def finds(self, **query: str) -> set[str]:
        """Return the items that a search finds on its first page."""
        return {one["id"] for one in self.stage.json(f"/v1/items?{urlencode(query)}")["items"]}

    def findings(self, item: str, by: Firm | None = None) -> dict[str, str]:
        """Return what the ledger remarks about an item by rule, and whether it is open, noted or closed."""
        path = f"/v1/findings?item={code(item)}"
        told = self.stage.json(path) if by is None else by.reads(path)
        return {one["rule"]: one["state"] for one in told["findings"]}

    def looks_like(self, read: str) -> list[str]:
        """Return the items whose codes look like what was read, likeliest first; `?` cannot be read."""
        found = self.stage.json(f"/v1/items?{urlencode({'pattern': read})}")["items"]
        return [one["id"] for one in found]

    def scans(self, *raw: str) -> list[str | None]:
        """Look up what a scanner read; None for what the ledger does not know."""
        answer = self.stage.client.post("/v1/items/lookup", json={"items": list(raw)})
        return [one["id"] if one["state"] else None for one in answer.get_json()["items"]]

    def recovered(self, batch: str, element: str) -> int | str:
        """Return how much of an element a treatment step recovered, in permille, or why nobody can say."""
        told = self.stage.json(f"/v1/events/{batch}/account")["recovery"]
        found = next(one for one in told if one["element"] == element)
        permille: int | None = found["permille"]
        return str(found["cannot_be_assessed"][0]["gap"]) if permille is None else permille

    def books(self, lot: str) -> tuple[int, int, int]:
        """Return what a lot weighed when it was made, what was drawn and what is left, in g."""
        told = self.stage.json(f"/v1/items/{lot}/account")
        return told["made_g"], told["drawn_g"], told["remaining_g"]

    def sources(self, claim: str) -> dict[str, int]:
        """Return where the element of a claim of recycled content stems from, in µg."""
        told = self.stage.json(f"/v1/events/{claim}/account")["sources"]
        return {one["source"]: one["share_ug"] for one in told}

    def ancestors(self, item: str) -> set[str]:
        """Return all that an item was made from, in any generation."""
        acts = self.stage.json(f"/v1/items/{code(item)}/tree?direction=up")["up"]["acts"]
        return {one["id"] for act in acts for one in act["inputs"]}

    def parts(self, item: str) -> set[str]:
        """Return what is in an item now, directly."""
        return {part["id"] for part in self.stage.json(f"/v1/items/{code(item)}/tree")["parts"]}


class Auditor:
    """Pinned the log's key and first entry on the first day; since then reads bytes over HTTP."""

    def __init__(self, stage: "Stage") -> None:
        self.stage = stage
        self.trust: Trust = Trust.parse(stage.get("/v1/trust").text)

    def audits(self) -> Report:
        """Audit the whole log over a socket, entry by entry; everything is in order."""
        with serving(self.stage.site.app) as url, closing(HttpSource(url)) as source:
            report = audit(source, self.trust)
        assert report.ok, report.findings
        return report


def words(page: str) -> str:
    """Return the words of a page without its markup."""
    without = re.sub(r"(?s)<(style|script|svg)\b.*?</\1>", " ", page)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", without)))
