"""`packtrace label`: signs the tokens of labels and prints them, one by one or on sheets; checks prints."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from cli.client import Client
from cli.commands import json_option, print_json, url_option, write_bytes
from cli.errors import CliError
from cli.keyfiles import read_key
from cli.labelling import Labeller, Signed, Told
from cli.pinned import read_keys
from cli.prints import Checker, check_prints
from cli.settings import DEFAULT_URL, Settings
from cli.speech import say
from ledger.errors import MalformedError
from ledger.identifiers import resolve_code
from ledger.label_render import printed_lines, render_png, render_svg
from ledger.label_url import LabelUrl
from ledger.printing.formats import DEFAULT_DPI, DEFAULT_FORM, Format, render
from ledger.printing.raster import RESOLUTIONS
from ledger.printing.sheet import FORMS, MAX_LABELS
from ledger.printing.typeface import MalformedFontError, Typeface, own_typeface
from ledger.vocabulary import Chemistry, Hazard

_QR: Final = "qr"
"""The sheet that is the QR code alone, with the code in letters below it."""
_BARE: Final = frozenset({Format.SVG, Format.PNG})
_DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("items", metavar="ID...|PHOTO...", nargs=-1, required=True)
@click.option(
    "--check", is_flag=True, help="Check prints: read photographs or scans of labels instead of signing any."
)
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path),
    help="The maker's private key; with --check a public key, or the key bundle of GET /v1/keys.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="File to write: .pdf, .svg, .png, or .zpl for thermal printers.",
)
@click.option(
    "--sheet",
    type=click.Choice([*FORMS, _QR]),
    default=DEFAULT_FORM,
    show_default=True,
    help="Size in mm of labels from a roll, or a sheet of labels; qr is the QR code alone.",
)
@click.option(
    "--dpi",
    type=click.Choice([str(one) for one in RESOLUTIONS]),
    default=str(DEFAULT_DPI),
    show_default=True,
    help="Dots to the inch of .png and .zpl.",
)
@click.option("--font", type=click.Path(path_type=Path), help="Font with other letters, .ttf or .otf.")
@url_option(default=DEFAULT_URL, help_text="The ledger that knows the items.")
@click.option("--base-url", help="What the QR code points to; otherwise PACKTRACE_BASE_URL, otherwise --url.")
@click.option(
    "--number",
    type=click.IntRange(1, 65_535),
    help="Number of the label; otherwise that in the ledger, otherwise 1.",
)
@click.option("--chemistry", type=click.Choice([one.value for one in Chemistry]), help="Cell chemistry.")
@click.option("--mass-g", type=click.IntRange(1), help="Mass, in g.")
@click.option("--voltage-mv", type=click.IntRange(1), help="Nominal voltage, in mV.")
@click.option("--energy-wh", type=click.IntRange(1), help="Rated energy, in Wh.")
@click.option("--made-on", type=_DAY, help="Day of manufacture; otherwise that of the code.")
@click.option("--maker", help="Name of the maker; otherwise that in the ledger.")
@click.option(
    "--hazard",
    "hazards",
    type=click.Choice([one.value for one in Hazard]),
    multiple=True,
    help="What to beware of; otherwise what the model was declared with.",
)
@json_option
def label(
    items: Sequence[str],
    key_file: Path | None,
    out: Path | None,
    url: str,
    base_url: str | None,
    *,
    check: bool,
    sheet: str,
    dpi: str,
    font: Path | None,
    as_json: bool,
    **told: Any,  # noqa: ANN401  click hands on one option each
) -> None:
    """Sign the labels of items and print them, or check what was printed.

    What labels say comes from the options, and what they leave out from each item and its model in the ledger
    at --url. Told with them is the SHA-256 that the event which makes or relabels the item claims.

    With --check each PHOTO is read: every label on it must bear a QR code and a Data Matrix of one battery,
    signed, and be the label that the ledger names. With --key signatures are verified with that key, and the
    ledger is asked only where --url is given too. Exit code 1: a print is not good, with the reason.
    """
    if check:
        check_prints([Path(one) for one in items], _checker(key_file, url, sheet), as_json=as_json)
        return
    if key_file is None or out is None:
        raise click.UsageError(say("打印标签需要 --key 和 -o", "to print labels give --key and -o"))
    kind = _kind(out, sheet, len(items))
    face = _face(font)
    wanted = [_url(one, base_url, url) for one in items]
    labeller = Labeller(read_key(key_file), url, Told(**told))
    signed = [labeller.label(one) for one in wanted]
    write_bytes(out, _drawn(signed, kind, sheet, face, int(dpi)))
    if as_json:
        members = [one.as_json() for one in signed]
        single = members[0] if len(members) == 1 else {}
        print_json({"result": "done", "file": str(out), **single, "labels": members})
        return
    _report(out, signed)


def _checker(key_file: Path | None, url: str, sheet: str) -> Checker:
    source = click.get_current_context().get_parameter_source("url")
    asks = key_file is None or source is not ParameterSource.DEFAULT
    return Checker(
        keys=None if key_file is None else read_keys(key_file),
        client=Client(url) if asks else None,
        whole=sheet != _QR,
    )


def _kind(out: Path, sheet: str, count: int) -> Format:
    """Return the format of a file by its name, where labels can be printed so."""
    ends = [f".{one}" for one in (Format if sheet != _QR else sorted(_BARE))]
    if out.suffix not in ends:
        told = say(f"应为 {'、'.join(ends)}", f"must end in {', '.join(ends)}")
        raise click.BadParameter(told, param_hint="-o")
    most = 1 if sheet == _QR else MAX_LABELS
    if count > most:
        raise click.BadParameter(say(f"一次最多 {most} 个", f"at most {most} at once"), param_hint="ID")
    return Format(out.suffix[1:])


def _face(font: Path | None) -> Typeface:
    if font is None:
        return own_typeface()
    try:
        return Typeface.read(font)
    except MalformedFontError as error:
        raise CliError(
            say(
                f"{font} 不是可用的字体；请用 32 MiB 以内的 .ttf 或 .otf 文件",
                f"{font} is no font for labels; it must be a .ttf or .otf file of at most 32 MiB",
            )
        ) from error


def _url(item: str, base_url: str | None, url: str) -> LabelUrl:
    try:
        return LabelUrl.of(base_url or Settings.read(default_base_url=url).base_url, resolve_code(item))
    except MalformedError as error:
        raise CliError(f"{item}: {error}") from error


def _drawn(signed: Sequence[Signed], kind: Format, sheet: str, face: Typeface, dpi: int) -> bytes:
    if sheet != _QR:
        return render([one.imprint for one in signed], sheet, kind, face, dpi=dpi)
    url = signed[0].imprint.url
    lines = printed_lines(url.item)
    return render_svg(str(url), lines).encode() if kind is Format.SVG else render_png(str(url), lines)


def _report(out: Path, signed: Sequence[Signed]) -> None:
    click.echo(say(f"标签已写入 {out}", f"wrote {'the label' if len(signed) == 1 else 'labels'} to {out}"))
    for one in signed:
        click.echo(f"url     {one.imprint.url}")
        click.echo(f"sha256  {one.sha256}")
        if one.named is not None:
            same = one.named == one.sha256
            click.echo(_compared(same=same), err=not same)


def _compared(*, same: bool) -> str:
    """Say whether the ledger names this label, of those that its key could sign for the item."""
    if same:
        return say("账本为该电池登记的正是这张标签", "the ledger names exactly this label")
    return say(
        "账本为它登记的是另一张标签，扫描这张会显示这一点；请核对 --hazard、--number、--base-url 等内容",
        "the ledger names another label for it, and a scan of this one will say so: "
        "are --hazard, --number, --base-url and what else it says the same?",
    )
