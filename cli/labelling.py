"""What a label says, from options and the ledger, and its signed token: the inside of `packtrace label`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from cli.client import Client
from cli.errors import CliError
from cli.speech import say
from crypto.encoding import b64url_encode
from crypto.keys import Signer
from ledger import gbt34014
from ledger.identifiers import ItemId
from ledger.label import Label, LabelFacts, sign_label
from ledger.label_url import LabelUrl
from ledger.printing.layout import Imprint
from ledger.vocabulary import Chemistry, Hazard

# What a label says and the ledger knows from the item or its model.
_MODELLED: Final = ("chemistry", "mass_g", "voltage_mv", "energy_wh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the options say of the labels; None where the ledger is to say it."""

    chemistry: str | None
    mass_g: int | None
    voltage_mv: int | None
    energy_wh: int | None
    made_on: date | None
    number: int | None
    hazards: Sequence[str]
    maker: str | None

    @property
    def whole(self) -> bool:
        """Whether nothing needs to be asked."""
        return None not in {getattr(self, name) for name in _MODELLED}


@dataclass(frozen=True, slots=True)
class Signed:
    """A label that was signed.

    Attributes:
        imprint: what to print.
        sha256: what the event that makes or relabels the item claims.
        named: the label that the ledger names for the item; None where it names none or was not asked.
    """

    imprint: Imprint
    sha256: str
    named: str | None

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        url = self.imprint.url
        return {
            "item": str(url.item),
            "url": str(url),
            "token": url.token,
            "number": self.imprint.facts.number,
            "sha256": self.sha256,
            "named_by_ledger": None if self.named is None else self.named == self.sha256,
        }


@dataclass(frozen=True, slots=True)
class Labeller:
    """Signs labels with a key.

    Attributes:
        signer: the key.
        url: the ledger that knows the items.
        told: what the options say.
    """

    signer: Signer
    url: str
    told: Told
    _firms: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def label(self, url: LabelUrl) -> Signed:
        """Return the label of the item that a URL without a token names; raises CliError."""
        known = {} if self.told.whole else self._known(url.item)
        self._check_in_use(url.item, known)
        token = sign_label(_facts(url.item, self.told, known), url.prefix, self.signer)
        maker = (self.told.maker,) if self.told.maker else self._maker(known.get("maker"))
        imprint = Imprint.of(replace(url, token=token), maker=maker, model=known.get("id"))
        digest = b64url_encode(Label.parse(token).sha256())
        return Signed(imprint, digest, known.get("label_sha256"))

    def _known(self, item: ItemId) -> dict[str, Any]:
        """Return what the ledger knows of an item that a label says."""
        answer = Client(self.url).get(f"/v1/items/{item}")
        model, state = answer["model"], answer["state"]
        if model is None:
            raise CliError(
                say(
                    f"{item} 没有型号；请用 --chemistry、--mass-g、--voltage-mv、--energy-wh 写明",
                    f"{item} has no model; tell --chemistry, --mass-g, --voltage-mv and --energy-wh",
                )
            )
        own = ("made_on", "label_sha256", "label_number", "label_use", "maker")
        return {
            **model,
            "mass_g": state.get("mass_g") or model["mass_g"],
            **{name: state.get(name) for name in own},
        }

    def _check_in_use(self, item: ItemId, known: Mapping[str, Any]) -> None:
        """Check that the label to be printed was not taken out of use; raises CliError."""
        use = known.get("label_use") or {}
        number = self.told.number or known.get("label_number")
        if use.get("voided") and use["number"] == number:
            raise CliError(
                say(
                    f"{item} 的第 {number} 号标签已作废；"
                    f"请用 --number {number + 1} 签发下一张，并提交 label.replaced",
                    f"label {number} of {item} was taken out of use; sign the next one with "
                    f"--number {number + 1} and state label.replaced",
                ),
                item=str(item),
            )

    def _maker(self, org: str | None) -> tuple[str, ...]:
        """Return the names of a firm, asked for once."""
        if org is None:
            return ()
        if org not in self._firms:
            firm = Client(self.url).get(f"/v1/orgs/{org}")
            self._firms[org] = (firm["name_zh"], firm["name_en"])
        return self._firms[org]


def _facts(item: ItemId, told: Told, known: Mapping[str, Any]) -> LabelFacts:
    return LabelFacts(
        chemistry=Chemistry(told.chemistry or known["chemistry"]),
        mass_g=told.mass_g or known["mass_g"],
        nominal_voltage_mv=told.voltage_mv or known["nominal_voltage_mv"],
        rated_energy_wh=told.energy_wh or known["rated_energy_wh"],
        hazards=frozenset(Hazard(one) for one in told.hazards or known.get("hazards", ())),
        manufactured_on=_day(item, told.made_on, known.get("made_on")),
        number=told.number or known.get("label_number") or 1,
    )


def _day(item: ItemId, told: date | None, known: str | None) -> date:
    if told is not None:
        return date(told.year, told.month, told.day)
    if known is not None:
        return date.fromisoformat(known)
    if item.scheme == "gbt34014":
        return gbt34014.parse(item.value).date
    raise CliError(say("请用 --made-on 写明生产日期", "tell the day of manufacture with --made-on"))
