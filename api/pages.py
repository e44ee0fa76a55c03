"""The pages for people: home, search, a battery's passport, what refusals mean. Each works without script."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from api.answers import PRIVATE, SCRIPTED, answer
from api.auth import reader, reader_as_known, record
from api.errors import HttpError
from api.findings import of_item
from api.items import item_members
from api.language import language_of
from api.parameters import item_of, printed, scan_of, scanned
from api.passport_page import PassportPage, code_parts, passport_page
from api.public_page import public_page
from api.schemas import load_query
from api.schemas.queries import FindQuery, PassportQuery
from api.service import service
from api.shared_page import shared_section
from api.shares import followed, shared_json
from api.texts import Texts, quantity
from api.witnesses import same_machine, sentence
from ledger import passport, reading
from ledger.doubts import doubtful
from ledger.identifiers import ItemId
from ledger.importing.problems import template_of
from ledger.instants import Instant, format_day
from ledger.label_check import LabelCheck, LabelVerdict, check_label
from ledger.label_url import LabelUrl
from ledger.likeness import UNKNOWN, MalformedPatternError, Pattern
from ledger.lookup import look_up
from ledger.passport import UnknownSubjectError
from ledger.reading import Revealed
from ledger.scan import is_link
from ledger.search import MalformedCursorError, Page, Query, search
from ledger.sequencer.outcomes import ReadOnlyError
from ledger.state import Item
from ledger.store import ItemFilter, Share, Snapshot
from ledger.vocabulary import Kind, Phase
from ledger.wording import Language, UnknownTextError, mass

BLUEPRINT: Final = Blueprint("pages", __name__)
_HTML: Final = "text/html; charset=utf-8"
GUESSES: Final = 20
_EXAMPLES: Final = (Kind.PACK, Kind.MODULE, Kind.PRODUCT, Kind.LOT)


def install(app: Flask) -> None:
    """Give every template the words of its language and what stands in its frame."""

    @app.context_processor
    def frame() -> dict[str, Any]:
        lang = language_of(request)
        config = service().config
        return {
            "t": Texts(lang),
            "lang": lang,
            "languages": list(Language),
            "origin": config.origin,
            "demo": config.demo,
            "size": _released_size(),
            "in_language": _in_language,
        }


def _released_size() -> int | None:
    """Return the size of the released log; None where it cannot be read: a problem page must say so."""
    try:
        return service().sequencer.released().checkpoint.size
    except ReadOnlyError:
        return None


@BLUEPRINT.get("/")
def home() -> Response:
    """What this is, and the search box."""
    with service().snapshot() as snapshot:
        counts = snapshot.count_items()
        orgs = len(snapshot.organisations())
        examples = _examples(snapshot, counts) if service().config.demo else []
        amber = doubtful(snapshot, examples)
    size = service().sequencer.released().checkpoint.size
    kinds = {kind: sum(n for (one, _), n in counts.items() if one is kind) for kind in Kind}
    base_url = service().config.base_url
    witnessed = sentence(service().witnesses, language_of(request))
    return page(
        "home.html",
        size=size,
        kinds=kinds,
        orgs=orgs,
        examples=examples,
        amber=amber,
        base_url=base_url,
        witnessed=witnessed,
    )


@BLUEPRINT.get("/find")
def find() -> BaseResponse:
    """To the page of what somebody typed or scanned, or to the codes that look like it."""
    asked = load_query(FindQuery, request)
    query = str(asked["q"]).strip()
    if not query:
        return redirect(url_for("pages.home"), 303)
    # What cannot be read whole is a pattern, whatever a scanner would make of the rest.
    scan = None if UNKNOWN in query and not is_link(query) else scan_of(query)
    with service().snapshot() as snapshot:
        found = look_up(snapshot, [scan], service().config.base_url)[0]
        alike = None if found.state is not None else _alike(snapshot, query, asked["after"])
    if alike is not None and (alike.hits or alike.next is not None):
        itself = None if found.id is None or found.id.is_org else found.id
        return page("found.html", query=query, hits=alike.hits, more=_more(query, alike.next), itself=itself)
    if found.id is None or found.id.is_org:
        return page("find.html", status=404, query=query)
    return redirect(_address(found.id), 303)


def _alike(snapshot: Snapshot, query: str, after: str | None) -> Page | None:
    """Return the codes that look like what was typed; None where that is no part of a code."""
    try:
        return search(snapshot, Query(pattern=Pattern.parse(query)), after=after, limit=GUESSES)
    except MalformedCursorError as error:
        raise HttpError("http.parameter", path="after", reason=str(error)) from error
    except MalformedPatternError:
        return None


def _more(query: str, after: str | None) -> str | None:
    """Return the address of the next page of guesses, in the language that was chosen."""
    if after is None:
        return None
    chosen = {"lang": request.args["lang"]} if request.args.get("lang") else {}
    return f"{url_for('pages.find')}?{urlencode({'q': query, 'after': after, **chosen})}"


@BLUEPRINT.get("/p/<code>")
@BLUEPRINT.get("/P/<code>")
def show(code: str) -> BaseResponse:
    """The passport of an item: a page for people, JSON for programs that ask for it."""
    item = _item(code)
    if request.path != f"/p/{item.code}":
        return redirect(_address(item), 308)
    secret = load_query(PassportQuery, request)["share"]
    shown = None if secret is None else followed(item, secret)
    if _wants_json():
        members = item_members(item)
        if shown is not None:
            members["shared"] = shared_json(*shown)
        return _kept_by_nobody(answer(members), shown)
    return _kept_by_nobody(_passport(item, None, shown), shown)


@BLUEPRINT.get("/p/<code>/<token>")
@BLUEPRINT.get("/P/<code>/<token>")
def label(code: str, token: str) -> BaseResponse:
    """What a label's QR code opens: the passport, and whether the label is genuine."""
    item = _item(code)
    url = LabelUrl.of(service().config.base_url, printed(code, item))
    with service().snapshot() as snapshot:
        found = passport.find_items(snapshot, [item]).get(item)
        keys = passport.label_keys(snapshot, found) if found is not None else []
    return _passport(item, check_label(LabelUrl(url.origin, url.item, token.upper()), found, keys))


@BLUEPRINT.get("/problems/<rule>")
def problem(rule: str) -> Response:
    """What a refusal means: the page behind a problem's `type`."""
    try:
        told = template_of(rule, language_of(request))
    except UnknownTextError as error:
        raise HttpError("http.not_found", path=request.path) from error
    return page("rule.html", rule=rule, told=told)


def _kept_by_nobody(response: Response, shown: object) -> Response:
    """Keep what a share shows out of every cache and index; the page without one stays as it is."""
    response.vary.add("Accept")
    if shown is not None:
        response.headers["Cache-Control"] = PRIVATE
        response.headers["X-Robots-Tag"] = "noindex, noarchive"
    return response


def _passport(
    item: ItemId, check: LabelCheck | None, shown: tuple[Share, Sequence[Revealed]] | None = None
) -> Response:
    texts = Texts(language_of(request))
    number = load_query(PassportQuery, request)["page"]
    asking = reader(request)
    with service().snapshot() as snapshot:
        try:
            found = passport_page(snapshot, item, texts, number)
        except UnknownSubjectError:
            parts = code_parts(item, texts)
            told = _check(check, item, texts, None)
            return _scripted(
                page("unknown.html", status=404, item=item, parts=parts, check=told, **_watched(texts))
            )
        findings = of_item(snapshot, item, texts)
        read = _readable(snapshot, found, asking)
        revealed = [*read, *([] if shown is None else shown[1])]
        beside = public_page(
            snapshot,
            found,
            texts,
            verdict=None if check is None else check.verdict,
            revealed=revealed,
            size=_released_size() or snapshot.head().size,
            now=Instant.from_ms(service().clock.now_ms()),
        )
        # Who put on a later label signed it; a label that nobody signed is told of the maker.
        signer = found.item.maker if check is None or check.key is None else check.key.org
        org = passport.organisations(snapshot, [signer]).get(signer)
    if asking is not None:
        record(asking, read)
    name = str(signer) if org is None else texts.name(org)
    response = _scripted(
        page(
            "passport.html",
            found=found,
            beside=beside,
            findings=findings,
            item=item,
            check=_check(check, item, texts, name),
            shared=None if shown is None else shared_section(*shown, texts),
            **_watched(texts),
        )
    )
    return response if asking is None else _kept_by_nobody(response, asking)


def _watched(texts: Texts) -> dict[str, Any]:
    """Return what the check on the device is told of the log's witnesses."""
    found = service().witnesses
    return {"watched": found is not None, "same_machine": same_machine(found, texts.lang)}


def _scripted(response: Response) -> Response:
    """Let a page run our own scripts."""
    response.headers["Content-Security-Policy"] = SCRIPTED
    return response


def _readable(snapshot: Snapshot, found: PassportPage, asking: ItemId | None) -> list[Revealed]:
    """Return the restricted claims of a page that who asks may read; the public reads none."""
    known = reader_as_known(snapshot, asking)
    if known is None:
        return []
    views = (entry.view for entry in found.timeline)
    return [reading.reveal(snapshot, view, known) for view in views if view.event.sd]


def _check(check: LabelCheck | None, item: ItemId, texts: Texts, maker: str | None) -> dict[str, Any] | None:
    """Return what the page says of a label: title, sentences and tone."""
    if check is None:
        return None
    verdict = check.verdict
    told = [texts(f"label.{verdict}", code=item.code, maker=maker or "")]
    if check.facts is not None:
        facts = check.facts
        told.append(
            texts(
                "label.says",
                chemistry=texts.word("chemistry", facts.chemistry),
                mass=mass(facts.mass_g),
                voltage=quantity("", facts.nominal_voltage_mv // 1000),
                energy=f"{facts.rated_energy_wh / 1000:g}",
                date=format_day(facts.manufactured_on),
                number=facts.number,
            )
        )
        if facts.hazards:
            told.append(texts("label.hazards", hazards=texts.words("hazard", sorted(facts.hazards))))
    if check.key is not None and (check.key.revoked is not None or check.key.compromised_since is not None):
        told.append(texts("label.key_ended"))
    if verdict is LabelVerdict.GENUINE:
        told.append(texts("label.copied", code=item.code))
    return {"verdict": verdict.value, "title": texts(f"label.{verdict}_title"), "told": told}


def _item(code: str) -> ItemId:
    """Return the item of an address; lower case and other spellings are taken for the code they mean."""
    try:
        found = item_of(code)
    except HttpError:
        candidates = [one for one in scanned(code) if not one.is_org]
        if not candidates:
            raise HttpError("http.not_found", path=request.path) from None
        return candidates[0]
    if found.is_org:
        raise HttpError("http.not_found", path=request.path)
    return found


def _examples(snapshot: Snapshot, counts: Mapping[tuple[Kind, Phase], int]) -> list[Item]:
    """Return one item of each kind in each phase that there is."""
    found = list[Item]()
    for kind in _EXAMPLES:
        for phase in Phase:
            if counts.get((kind, phase)):
                found += snapshot.items(ItemFilter(kind=kind, phase=phase), limit=1)
    return found


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _address(item: ItemId) -> str:
    """Return the address of an item's page, in the language that was chosen."""
    address = url_for("pages.show", code=item.code).replace("/P/", "/p/", 1)
    chosen = request.args.get("lang")
    return f"{address}?{urlencode({'lang': chosen})}" if chosen else address


def _in_language(lang: Language) -> str:
    """Return this page's address in another language."""
    kept = {name: value for name, value in request.args.items() if name != "lang"}
    path = "/" + request.path.lstrip("/")  # two slashes would name another host
    return f"{path}?{urlencode({**kept, 'lang': lang.value})}"


def page(template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401  what a template shows
    """Return a page in the language of the request."""
    response = Response(render_template(template, **values), status, content_type=_HTML)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Language"] = language_of(request).value
    response.vary.update(["Accept", "Accept-Language"])
    return response
