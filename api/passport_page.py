"""The public page of an item, as words and links: what it is, where it is, what happened to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.claims_text import Line, Words, lines_of, orgs_in
from api.texts import Texts, moment, quantity
from ledger import passport, reading
from ledger.gbt34014_parts import Part, examine
from ledger.identifiers import ItemId
from ledger.instants import Instant, format_day
from ledger.passport import EventView, ItemView
from ledger.relations import Relation, relations
from ledger.state import Holder, Item, Organisation
from ledger.store import Snapshot
from ledger.ties import Course
from ledger.vocabulary import Ending, Flag, Kind, Phase, Status
from ledger.wording import Language, mass

PER_PAGE: Final = 40
MAX_RELATED: Final = 24


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One signed event on the page."""

    view: EventView
    title: str
    signed_by: str
    happened: str
    logged: str
    compromised: str | None
    lines: Sequence[Line]
    mentions: bool
    erased: int


@dataclass(frozen=True, slots=True)
class Kin:
    """Items tied to this one: how, which, and how many more there are."""

    title: str
    items: Sequence[ItemId]
    more: int = 0


@dataclass(frozen=True, slots=True)
class PassportPage:
    """All that the template shows of an item."""

    view: ItemView
    item: Item
    title: str
    phase: str
    tone: str
    words: Sequence[str]
    alerts: Sequence[str]
    recalled_inside: Sequence[ItemId]
    facts: Sequence[tuple[str, str]]
    timeline: Sequence[TimelineEntry]
    page: int
    pages: int
    kin: Sequence[Kin]
    parts: Sequence[tuple[Part, str, str]]


def passport_page(snapshot: Snapshot, item: ItemId, texts: Texts, page: int | None) -> PassportPage:
    """Return the page of an item; `page` counts from 1, None is the last.

    Raises:
        UnknownSubjectError: `item.unknown`.
    """
    view = passport.view_item(snapshot, item)
    pages = max(1, -(-view.item.count // PER_PAGE))
    shown = pages if page is None else min(max(page, 1), pages)
    views = passport.history(snapshot, item, after=(shown - 1) * PER_PAGE, limit=PER_PAGE)
    orgs, gone = _organisations(snapshot, view, views), reading.erased(snapshot, views)
    inside = () if view.ended else passport.recalled_inside(snapshot, item)
    taken_back = snapshot.marked([one.event.id for one in views], Course.VOIDED)
    tied = relations(item, [one.event for one in views if one.event.id not in taken_back])
    return PassportPage(
        view=view,
        item=view.item,
        title=texts.word("kind", view.item.kind),
        phase=_phase(view, texts),
        tone=_tone(view),
        words=_words(view, texts, orgs),
        alerts=_recalled(view, inside, texts, orgs) + _alerts(view, texts, orgs),
        recalled_inside=inside,
        facts=_facts(view, texts, orgs),
        timeline=[_entry(one, item, Words(texts, orgs), gone.get(one.event.id, 0)) for one in views],
        page=shown,
        pages=pages,
        kin=[*_same(view, texts), *_inside(view, texts), *_now(snapshot, view, texts), *_kin(tied, texts)],
        parts=code_parts(item, texts),
    )


def code_parts(item: ItemId, texts: Texts) -> list[tuple[Part, str, str]]:
    """Return a battery code part by part, each with its name and meaning in one language."""
    if item.scheme != "gbt34014":
        return []
    zh = texts.lang is Language.ZH
    return [
        (part, part.name.zh if zh else part.name.en, part.meaning.zh if zh else part.meaning.en)
        for part in examine(item.value)
    ]


def _organisations(
    snapshot: Snapshot, view: ItemView, views: Sequence[EventView]
) -> Mapping[ItemId, Organisation]:
    named: set[object] = {view.custodian, view.owner, view.operator, view.item.maker, view.recaller}
    named |= {one for each in views for one in orgs_in(each.event.claims)}
    if view.item.offer is not None:
        named.add(view.item.offer.to)
    if view.item.claimant is not None:
        named.add(view.item.claimant.org)
    if view.item.dispute is not None:
        named |= {view.item.dispute.by, view.item.dispute.against}
    return passport.organisations(snapshot, named)


def _phase(view: ItemView, texts: Texts) -> str:
    if view.item.ended_by is not None:
        return texts.word("ending", view.item.ended_by)
    return texts.word("phase", Phase.ENDED if view.ended else view.item.phase)


def _tone(view: ItemView) -> str:
    """Return how the state is coloured: in use, waiting, second life, waste or over."""
    if view.ended:
        return "over"
    tones = {
        Phase.FITTED: "use",
        Phase.POOLED: "use",
        Phase.DEPLOYED: "second",
        Phase.RETIRED: "waste",
        Phase.REMOVED: "wait",
    }
    if view.item.status is Status.REPURPOSED:
        return "second"
    return tones.get(view.item.phase, "calm")


def _words(view: ItemView, texts: Texts, orgs: Mapping[ItemId, Organisation]) -> list[str]:
    words = [_what(view, texts, orgs), _where(view, texts, orgs)]
    item = view.item
    if item.kind is Kind.LOT and item.remaining_g is not None:
        words.append(texts("passport.lot_left", mass=mass(item.remaining_g)))
    if item.offer is not None:
        words.append(texts("passport.offered", to=texts.party(item.offer.to, orgs)))
    return words


def _what(view: ItemView, texts: Texts, orgs: Mapping[ItemId, Organisation]) -> str:
    item, maker = view.item, texts.party(view.item.maker, orgs)
    kind = texts.word("kind", item.kind)
    kind = kind[0].upper() + kind[1:]
    if item.kind is Kind.VEHICLE:
        return texts("passport.vehicle", maker=maker)
    if item.kind is Kind.LOT and item.lot is not None:
        material = texts.word("material", item.lot.material)
        material = material[0].upper() + material[1:]
        return texts("passport.lot", material=material, mass=mass(item.mass_g or 0), maker=maker)
    if item.declared is not None and item.made_on is None:
        return texts("passport.declared", kind=kind)
    if item.kind is Kind.PRODUCT:
        return texts("passport.product", kind=kind, maker=maker)
    if item.made_on is not None:
        return texts("passport.made_on", kind=kind, maker=maker, date=texts.day(item.made_on))
    return texts("passport.made", kind=kind, maker=maker)


def _where(view: ItemView, texts: Texts, orgs: Mapping[ItemId, Organisation]) -> str:
    item, holder = view.item, texts.party(view.custodian, orgs)
    if view.ended:
        return _end(item, texts)
    if view.custodian is Holder.NOBODY:
        return texts("passport.nobody")
    if item.kind in (Kind.VEHICLE, Kind.LOT):
        return texts(f"passport.{item.kind}_now", holder=holder)
    if item.phase is Phase.DEPLOYED:
        application = texts.word("application", item.application)
        return texts("passport.deployed", holder=holder, application=application)
    if item.phase is Phase.REMOVED and item.kind is not Kind.PACK:
        return texts("passport.taken_out", holder=holder)
    return texts(f"passport.{item.phase}", holder=holder)


def _end(item: Item, texts: Texts) -> str:
    if item.ended_by is None:
        return texts("passport.ended_around")
    if item.identified_as is not None:
        return texts("passport.identified", code=item.identified_as.code)
    if item.ended_by in (Ending.PROCESSED, Ending.SPLIT, Ending.DISPOSED):
        return texts(f"passport.{item.ended_by}")
    return texts("passport.ended", ending=texts.word("ending", item.ended_by))


def _alerts(view: ItemView, texts: Texts, orgs: Mapping[ItemId, Organisation]) -> list[str]:
    """Return what a reader must know first: what is wrong with the item, or with what it is in."""
    item = view.item
    told = [texts(f"passport.is_{flag}") for flag in item.flags if flag is not Flag.DISPUTED]
    if item.claimant is not None:
        said = "passport.claim_granted" if item.claimant.granted else "passport.is_claimed"
        told.append(texts(said, by=texts.party(item.claimant.org, orgs)))
    elif item.dispute is not None:
        by, against = (texts.party(party, orgs) for party in (item.dispute.by, item.dispute.against))
        told.append(texts("passport.is_contested", by=by, against=against))
    around = {flag for outer in view.around for flag in outer.flags}
    told += [texts(f"passport.around_{flag}") for flag in (Flag.LOST, Flag.STOLEN) if flag in around]
    abroad = next((one.abroad for one in (item, *view.around) if one.abroad is not None), None)
    if abroad is not None and not view.ended:
        told.append(texts("passport.abroad", country=abroad))
    return told


def _recalled(
    view: ItemView, inside: Sequence[ItemId], texts: Texts, orgs: Mapping[ItemId, Organisation]
) -> list[str]:
    """Return what open recalls say of the item, of what is in it and of what it is in."""
    if view.ended:
        return []
    told = []
    if view.recalls:
        told.append(texts("passport.is_recalled", maker=texts.party(view.recaller, orgs)))
    if inside:
        told.append(texts("passport.recalled_inside", codes=texts.join([one.code for one in inside])))
    if view.recalled_around:
        codes = texts.join([one.code for one in view.recalled_around])
        told.append(texts("passport.recalled_around", codes=codes))
    return told


def _facts(view: ItemView, texts: Texts, orgs: Mapping[ItemId, Organisation]) -> list[tuple[str, str]]:
    item = view.item
    rows: list[tuple[str, str | None]] = [
        ("maker", texts.party(item.maker, orgs)),
        ("holder", None if view.ended else texts.party(view.custodian, orgs)),
        ("owner", None if view.ended else texts.party(view.owner, orgs)),
        ("operator", texts.party(view.operator, orgs)),
        ("status", None if item.status is None else texts.word("status", item.status)),
        ("application", None if item.application is None else texts.word("application", item.application)),
        *_measures(view, texts),
    ]
    return [(texts(f"passport.{name}"), value) for name, value in rows if value is not None]


def _measures(view: ItemView, texts: Texts) -> list[tuple[str, str | None]]:
    item, model, lot = view.item, view.model, view.item.lot
    material = None if lot is None else texts.word("material", lot.material)
    origin = None if lot is None or lot.origin is None else texts.word("lot_origin", lot.origin)
    rows: list[tuple[str, str | None]] = [
        ("material", material),
        ("origin", origin),
        ("made_day", None if item.made_on is None else format_day(item.made_on)),
        ("mass", None if item.mass_g is None else mass(item.mass_g)),
        ("remaining", None if item.remaining_g is None else mass(item.remaining_g)),
        ("cells", None if item.cell_count is None else str(item.cell_count)),
        ("model", None if item.model is None else item.model.partition("/")[2]),
        ("vehicle_model", item.vehicle_model),
    ]
    if model is not None:
        rows += [
            ("chemistry", texts.word("chemistry", model.chemistry)),
            ("capacity", quantity("rated_capacity_mah", model.rated_capacity_mah)),
            ("energy", quantity("rated_energy_wh", model.rated_energy_wh)),
            ("voltage", quantity("nominal_voltage_mv", model.nominal_voltage_mv)),
        ]
    return rows


def _entry(view: EventView, item: ItemId, words: Words, erased: int) -> TimelineEntry:
    event, texts = view.event, words.texts
    if view.signer is None:
        signed_by = texts("passport.signed_by_unknown", name=event.iss)
    else:
        roles = texts.words("role", view.signer.roles)
        signed_by = texts("passport.signed_by", name=texts.name(view.signer), roles=roles)
    since = None if view.key is None else view.key.compromised_since
    return TimelineEntry(
        view=view,
        title=texts.word("event", event.type),
        signed_by=signed_by,
        happened=moment(event.at),
        logged=moment(Instant.from_ms(view.logged_at_ms)),
        compromised=None if since is None else moment(since),
        lines=lines_of(event.claims, words),
        mentions=item not in event.touched,
        erased=erased,
    )


def _same(view: ItemView, texts: Texts) -> list[Kin]:
    known = view.item.identified_as
    return [] if known is None else [Kin(texts("passport.family_same"), [known])]


def _inside(view: ItemView, texts: Texts) -> list[Kin]:
    if not view.around:
        return []
    return [Kin(texts("passport.family_in"), [outer.id for outer in view.around])]


def _now(snapshot: Snapshot, view: ItemView, texts: Texts) -> list[Kin]:
    if not view.item.parts:
        return []
    parts = [part.id for part in snapshot.children(view.item.id)]
    ended = view.item.phase is Phase.ENDED
    return [_cut(texts("passport.family_end" if ended else "passport.family_now"), parts)]


def _kin(tied: Sequence[Relation], texts: Texts) -> list[Kin]:
    return [_cut(texts(f"passport.{one.tie}"), one.items) for one in tied]


def _cut(title: str, items: Sequence[ItemId]) -> Kin:
    return Kin(title, items[:MAX_RELATED], max(0, len(items) - MAX_RELATED))
