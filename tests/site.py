"""An HTTP site over a small ledger of its own: the application, a client, and a story to tell it."""

import itertools
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from werkzeug.test import TestResponse

from api import Config, create_app
from api.service import open_service
from crypto import jws, strictjson
from crypto.encoding import b64url_encode
from crypto.keys import PrivateKey
from crypto.strictjson import Json
from ledger.events import production
from ledger.identifiers import ItemId
from ledger.label import Label, LabelFacts, sign_label
from ledger.label_url import LabelUrl
from ledger.vocabulary import Chemistry, Hazard, Right
from tests.fakes import FakeClock
from tests.scenario import (
    MADE_ON,
    MAKER,
    MODULE_G,
    ORIGIN,
    PACK_G,
    RECYCLER,
    SECOND_LIFE,
    START,
    VEHICLE_MAKER,
    Party,
    Story,
    module,
    pack,
    product,
    vehicle,
)

BASE_URL: Final = "https://packs.example"
_TOKENS: Final = itertools.count()
NOW_MS: Final = START.ms + 30 * 86_400_000
SD_JWT: Final = "application/sd-jwt"
LABEL: Final = LabelFacts(
    chemistry=Chemistry.LFP,
    mass_g=PACK_G,
    nominal_voltage_mv=600_000,
    rated_energy_wh=60_000,
    hazards=frozenset({Hazard.HIGH_VOLTAGE}),
    manufactured_on=MADE_ON,
    number=1,
)


class Site:
    """A site in a folder. `story` signs what `submit` sends."""

    def __init__(
        self,
        folder: Path,
        database_url: str | None = None,
        *,
        demo: bool = False,
        label_font: Path | None = None,
        clock: FakeClock | None = None,
    ) -> None:
        self.config = Config(
            database_url=database_url or f"sqlite:///{folder / 'ledger.db'}",
            origin=ORIGIN,
            log_key=folder / "log.pem",
            base_url=BASE_URL,
            demo=demo,
            label_font=label_font,
        )
        self.clock = clock or FakeClock(NOW_MS)
        self.service = open_service(self.config, self.clock)
        self.app = create_app(self.config, opened=self.service)
        self.client = self.app.test_client()
        self.story = Story()

    def close(self) -> None:
        """Stop the writer and let go of the database."""
        self.service.close()

    def submit(self, texts: Sequence[str]) -> None:
        """Send events; each must be logged."""
        answer = self.client.post("/v1/events", json={"events": list(texts)})
        assert answer.status_code == 200, answer.text
        refused = [one for one in answer.get_json()["results"] if one["result"] != "logged"]
        assert not refused, refused

    def found(self) -> None:
        """Found the log: every firm with its key, the maker's codes and models."""
        story = self.story
        texts = [*story.founding(), *story.enrolments(), story.coding_filed(), story.model_declared()]
        self.submit([*texts, story.model_declared(model=MAKER.model("MODULE"))])

    def get(self, path: str, **headers: str) -> TestResponse:
        """Ask for an address; header names are written with underscores."""
        return self.client.get(
            path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def post_one(self, text: str, query: str = "", **headers: str) -> TestResponse:
        """Send one event as it is."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/v1/events{query}", data=text, content_type=SD_JWT, headers=sent)

    def labelled_pack(self, item: ItemId, modules: Sequence[ItemId]) -> tuple[str, str]:
        """Return the event of a pack with a label, and the label's token."""
        token = sign_label(LABEL, LabelUrl.of(BASE_URL, item).prefix, MAKER.key())
        claims = production.PackManufactured(
            place=MAKER.place,
            model=MAKER.model(),
            mass_g=PACK_G,
            manufactured_on=MADE_ON,
            modules=tuple(production.ModuleEntry(id=one, mass_g=MODULE_G) for one in modules),
            label=production.LabelClaim(number=1, sha256=b64url_encode(Label.parse(token).sha256())),
        )
        return self.story.tell(MAKER, claims, item, restricted={"label_token": token}), token

    def life(self) -> str:
        """Tell the whole life of pack 1, up to second life and recycling; return its label's token."""
        story = self.story
        modules = [module(number) for number in range(1, 5)]
        made, token = self.labelled_pack(pack(1), modules)
        told = [made, *story.transfer(MAKER, VEHICLE_MAKER, pack(1))]
        told += [story.pack_fitted(pack(1), vehicle(1)), story.vehicle_sold(vehicle(1))]
        told += [story.health_measured(pack(1)), story.pack_removed(pack(1), vehicle(1))]
        told += [story.item_retired(VEHICLE_MAKER, pack(1))]
        told += self._custody(VEHICLE_MAKER, SECOND_LIFE, pack(1), load="second")
        told += [story.item_graded(pack(1)), story.item_split(pack(1), modules)]
        told += [story.product_assembled(product(1), *modules[:2]), story.product_deployed(product(1))]
        told += self._custody(SECOND_LIFE, RECYCLER, *modules[2:], load="third")
        made_of = {RECYCLER.lot("BM-1"): 80_000}
        told += [story.batch_processed(*modules[2:], made=made_of, losses_g=10_000)]
        self.submit(told)
        return token

    def _custody(self, by: Party, to: Party, *items: ItemId, load: str) -> list[str]:
        rights = (Right.CUSTODY,)
        offered = self.story.transfer_offered(by, to, *items, load=load, rights=rights)
        return [offered, self.story.transfer_accepted(to, *items, load=load)]


def bearer(
    party: Party, path: str, *, key: PrivateKey | None = None, typ: str = "access+jwt", **changes: Json
) -> str:
    """Return the Authorization header of a token to GET a path; `changes` replace claims, None drops one."""
    claims: dict[str, Json] = {
        "iss": str(party.id),
        "aud": ORIGIN,
        "htm": "GET",
        "htu": BASE_URL + path,
        "iat": NOW_MS // 1000,
        "exp": NOW_MS // 1000 + 300,
        "jti": f"t{next(_TOKENS)}",
    }
    told: Json = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return f"Bearer {jws.sign(strictjson.dumps(told).encode(), key or party.key(), typ)}"


def signed_post(party: Party, path: str, body: Json, *, key: PrivateKey | None = None) -> dict[str, Any]:
    """Return what a client sends to POST a JSON body with a token for exactly that body."""
    data = strictjson.dumps(body).encode()
    digest = b64url_encode(sha256(data).digest())
    token = bearer(party, path, key=key, htm="POST", body_sha256=digest)
    return {"data": data, "content_type": "application/json", "headers": {"Authorization": token}}


def problem(answer: TestResponse) -> dict[str, Any]:
    """Return the problem of an answer, which must be one."""
    assert answer.content_type == "application/problem+json"
    found: dict[str, Any] = answer.get_json(force=True)
    return found
