"""`packtrace label`: signs the token of an item's label and draws it."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import click

from cli.client import Client
from cli.commands import json_option, print_json, url_option, write_bytes
from cli.errors import CliError
from cli.keyfiles import read_key
from cli.settings import DEFAULT_URL, Settings
from cli.speech import say
from crypto.encoding import b64url_encode
from ledger import gbt34014
from ledger.errors import MalformedError
from ledger.identifiers import ItemId, resolve_code
from ledger.label import Label, LabelFacts, sign_label
from ledger.label_render import printed_lines, render_png, render_svg
from ledger.label_url import LabelUrl
from ledger.vocabulary import Chemistry, Hazard

_RENDERERS: Final = frozenset({".svg", ".png"})
# What a label says and the ledger knows from the item or its model.
_MODELLED: Final = ("chemistry", "mass_g", "voltage_mv", "energy_wh")
_DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("item", metavar="ID")
@click.option(
    "--key", "key_file", type=click.Path(path_type=Path), required=True, help="The maker's private key."
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), required=True, help="Picture to write, .svg or .png."
)
@url_option(default=DEFAULT_URL, help_text="The ledger that knows the item.")
@click.option("--base-url", help="What the QR code points to; otherwise PACKTRACE_BASE_URL, otherwise --url.")
@click.option(
    "--number", type=click.IntRange(1, 65_535), default=1, show_default=True, help="Number of the label."
)
@click.option("--chemistry", type=click.Choice([one.value for one in Chemistry]), help="Cell chemistry.")
@click.option("--mass-g", type=click.IntRange(1), help="Mass, in g.")
@click.option("--voltage-mv", type=click.IntRange(1), help="Nominal voltage, in mV.")
@click.option("--energy-wh", type=click.IntRange(1), help="Rated energy, in Wh.")
@click.option("--made-on", type=_DAY, help="Day of manufacture; otherwise that of the code.")
@click.option(
    "--hazard",
    "hazards",
    type=click.Choice([one.value for one in Hazard]),
    multiple=True,
    help="What to beware of.",
)
@json_option
def label(
    item: str,
    key_file: Path,
    out: Path,
    url: str,
    base_url: str | None,
    *,
    as_json: bool,
    **facts: Any,  # noqa: ANN401  click hands on one option each
) -> None:
    """Sign an item's label and draw it.

    What the label says comes from the options, and what they leave out from the item and its model in the
    ledger at --url. Printed with it is the SHA-256 that the event which makes or relabels the item claims.
    """
    if out.suffix not in _RENDERERS:
        raise click.BadParameter(say("应为 .svg 或 .png", "must end in .svg or .png"), param_hint="-o")
    try:
        wanted = resolve_code(item)
        printed = LabelUrl.of(base_url or Settings.read(default_base_url=url).base_url, wanted)
    except MalformedError as error:
        raise CliError(f"{item}: {error}") from error
    known = _known(wanted, url) if None in (facts[name] for name in _MODELLED) else {}
    token = sign_label(_facts(wanted, known, **facts), printed.prefix, read_key(key_file))
    whole = LabelUrl(printed.origin, wanted, token)
    _draw(out, whole)
    digest = b64url_encode(Label.parse(token).sha256())
    named = known.get("label_sha256")
    if as_json:
        told = {"result": "done", "file": str(out), "url": str(whole), "token": token, "sha256": digest}
        print_json({**told, "named_by_ledger": None if named is None else named == digest})
        return
    click.echo(say(f"标签已写入 {out}", f"wrote the label to {out}"))
    click.echo(f"url     {whole}")
    click.echo(f"sha256  {digest}")
    if named is not None:
        click.echo(_compared(same=named == digest), err=named != digest)


def _compared(*, same: bool) -> str:
    """Say whether the ledger names this label, of those that its key could sign for the item."""
    if same:
        return say("账本为该电池登记的正是这张标签", "the ledger names exactly this label")
    return say(
        "账本为它登记的是另一张标签，扫描这张会显示这一点；请核对 --hazard、--number、--base-url 等内容",
        "the ledger names another label for it, and a scan of this one will say so: "
        "are --hazard, --number, --base-url and what else it says the same?",
    )


def _draw(out: Path, url: LabelUrl) -> None:
    lines = printed_lines(url.item)
    picture = render_svg(str(url), lines).encode() if out.suffix == ".svg" else render_png(str(url), lines)
    write_bytes(out, picture)


def _facts(
    item: ItemId,
    known: Mapping[str, Any],
    *,
    number: int,
    chemistry: str | None,
    mass_g: int | None,
    voltage_mv: int | None,
    energy_wh: int | None,
    made_on: date | None,
    hazards: tuple[str, ...],
) -> LabelFacts:
    return LabelFacts(
        chemistry=Chemistry(chemistry or known["chemistry"]),
        mass_g=mass_g or known["mass_g"],
        nominal_voltage_mv=voltage_mv or known["nominal_voltage_mv"],
        rated_energy_wh=energy_wh or known["rated_energy_wh"],
        hazards=frozenset(Hazard(one) for one in hazards),
        manufactured_on=_day(item, made_on, known.get("made_on")),
        number=number,
    )


def _known(item: ItemId, url: str) -> dict[str, Any]:
    """Return what the ledger knows of an item that a label says."""
    answer = Client(url).get(f"/v1/items/{item}")
    model, state = answer["model"], answer["state"]
    if model is None:
        raise CliError(
            say(
                f"{item} 没有型号；请用 --chemistry、--mass-g、--voltage-mv、--energy-wh 写明",
                f"{item} has no model; tell --chemistry, --mass-g, --voltage-mv and --energy-wh",
            )
        )
    return {
        **model,
        "mass_g": state.get("mass_g") or model["mass_g"],
        "made_on": state.get("made_on"),
        "label_sha256": state.get("label_sha256"),
    }


def _day(item: ItemId, told: date | None, known: str | None) -> date:
    if told is not None:
        return date(told.year, told.month, told.day)
    if known is not None:
        return date.fromisoformat(known)
    if item.scheme == "gbt34014":
        return gbt34014.parse(item.value).date
    raise CliError(say("请用 --made-on 写明生产日期", "tell the day of manufacture with --made-on"))
