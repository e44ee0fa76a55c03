"""`packtrace code`: what a scan or a typed code is, part by part."""

import click

from cli.commands import json_option, print_json
from cli.errors import CliError
from cli.speech import say, spoken
from crypto.strictjson import Json
from ledger import gbt34014
from ledger.gbt34014_parts import Bilingual, Part, explain
from ledger.scan import MalformedScanError, Scan, interpret
from ledger.wording import Language, clauses, labelled, translate, word


@click.command()
@click.argument("text", nargs=-1, required=True)
@json_option
def code(text: tuple[str, ...], *, as_json: bool) -> None:
    """Explain a battery code, an item id, a label or a link, part by part.

    TEXT may be dirty: lower case, with spaces, or split over several marks in either order.
    """
    try:
        scan = interpret(text[0] if len(text) == 1 else list(text))
    except MalformedScanError as error:
        for part in () if as_json else error.parts:
            click.echo(_line(part), err=True)
        raise CliError(
            say(f"无法识别：{_reason(error)}", f"not recognised: {_reason(error)}"),
            parts=[_facts(part) for part in error.parts],
        ) from error
    if as_json:
        print_json(_object(scan))
    else:
        _print(scan)


def _reason(error: MalformedScanError) -> str:
    wrong = [part for part in error.parts if not part.ok]
    if not wrong:
        return translate(error.reason, spoken())
    lang = spoken()
    return clauses(
        [labelled(f"{_in_words(one.name)} {one.text}", _in_words(one.meaning), lang) for one in wrong], lang
    )


def _print(scan: Scan) -> None:
    click.echo(word("scan", scan.kind, spoken()))
    for repair in scan.repairs:
        click.echo(word("repair", repair, spoken()))
    for item in scan.items:
        click.echo(str(item))
        for part in _parts(item.scheme, item.value):
            click.echo(_line(part))
    if scan.alias is not None:
        click.echo(say(f"按别名查询：{scan.alias}", f"to be looked up as an alias: {scan.alias}"))


def _object(scan: Scan) -> dict[str, Json]:
    items: list[Json] = [
        {"id": str(item), "parts": [_facts(part) for part in _parts(item.scheme, item.value)]}
        for item in scan.items
    ]
    return {
        "result": "done",
        "kind": scan.kind.value,
        "items": items,
        "repairs": [repair.value for repair in scan.repairs],
        "alias": scan.alias,
    }


def _parts(scheme: str, value: str) -> tuple[Part, ...]:
    return explain(gbt34014.parse(value)) if scheme == "gbt34014" else ()


def _facts(part: Part) -> Json:
    return {
        "field": part.field,
        "positions": list(part.positions),
        "text": part.text,
        "meaning": _in_words(part.meaning),
        "ok": part.ok,
    }


def _line(part: Part) -> str:
    first, last = part.positions
    place = f"{first}" if first == last else f"{first}-{last}"
    mark = " " if part.ok else "!"
    told = labelled(_in_words(part.name), _in_words(part.meaning), spoken())
    return f" {mark} {place:>6}  {part.text:<10}  {told}"


def _in_words(both: Bilingual) -> str:
    return both.zh if spoken() is Language.ZH else both.en
