"""A browser's own key under a firm of the demonstration, registered with the firm's admin key."""

from pathlib import Path

from cli.client import SD_JWT, Client
from cli.keyfiles import read_private_key
from cli.owners import owner_of
from cli.signing import sign_now
from ledger.device import parse_code
from ledger.events.registry import KeyAdded, KeyRevoked
from ledger.vocabulary import Purpose
from tests.browser.visit import Device, Visit, Visits
from tests.demonstration import ORIGIN, Demonstration


def tell(there: Demonstration, firm: str, claims: KeyAdded | KeyRevoked) -> None:
    """Have a firm's admin key state something about its keys."""
    client = Client(there.url)
    admin = read_private_key(Path(there.key(f"{firm}-admin")))
    owner = owner_of(client, admin.verifier.thumbprint())
    assert owner is not None
    prev = {owner.org: client.get(f"/v1/orgs/{owner.org}")["tip"]}
    text = sign_now(claims, admin, aud=ORIGIN, iss=owner.org, prev=prev)
    client.post("/v1/events", text.encode("ascii"), SD_JWT)


def enrolled(visit: Visit, there: Demonstration, firm: str, purpose: Purpose = Purpose.OFFICE) -> str:
    """Register a browser's key under a firm, leave its sign-in page open, and return the key's id."""
    visit.go("/desk/sign-in")
    code = visit.page.locator("#code")
    code.wait_for()
    jwk = parse_code(code.inner_text())
    tell(there, firm, KeyAdded(jwk=jwk, purpose=purpose))
    visit.page.reload()
    visit.page.locator("#button").wait_for()
    return jwk.thumbprint()


def at_desk(
    visit: Visits,
    there: Demonstration,
    firm: str,
    *,
    purpose: Purpose = Purpose.OFFICE,
    device: Device = Device.DESK,
    lang: str = "en",
) -> Visit:
    """Return a visit that is signed in for a firm."""
    found = visit(there.url, device=device, lang=lang)
    enrolled(found, there, firm, purpose)
    found.page.locator("#button").click()
    found.page.wait_for_url("**/desk")
    return found
