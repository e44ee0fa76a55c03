"""As what the published index has a code: that the ledger never saw it is shown of one text, byte by byte.

Of a code in a spelling that is never written the index has nothing, whatever the ledger knows of it. So what
is asked for is brought into the one spelling first, and refused where it has none.
"""

from contextlib import suppress

import click

from cli.errors import CliError
from cli.speech import say, spoken
from ledger.claims import MalformedClaimError, codec_of
from ledger.errors import MalformedError
from ledger.fields import AliasText
from ledger.identifiers import SCHEMES, ItemId, resolve_code
from ledger.scan import interpret
from ledger.vin import MalformedVinError, Vin
from ledger.wording import join, translate


def indexed_as(text: str) -> str:
    """Return how the index writes a code: the id that it stands for, the text itself where it is an alias.

    Raises:
        CliError: it may be one of several codes, begins as an id and is none in any spelling, has the form of
            a VIN, which no log has, or cannot stand in an index at all.
    """
    with suppress(MalformedError):
        return str(resolve_code(text))
    try:
        scan = interpret(text)
    except MalformedError as error:
        _refuse_id(text, error)
        return _alias(text)
    if scan.alias is not None:
        return text
    if len(scan.items) == 1:
        return str(scan.items[0])
    items = join([str(one) for one in scan.items], spoken())
    raise CliError(say(f"{text} 可能是 {items}：请逐个查询", f"{text} may be {items}: ask for each"))


def _refuse_id(text: str, error: MalformedError) -> None:
    scheme, colon, _ = text.strip().partition(":")
    why = translate(str(error), spoken())
    if colon and scheme.lower() in SCHEMES:
        raise CliError(
            say(
                f"{text} 以标识开头却不成标识，索引中不会有它，证明不了什么；请核对：{why}",
                f"{text} begins as an id and is none, so no index has it and nothing is shown by that; "
                f"check it: {why}",
            )
        ) from error


def _alias(text: str) -> str:
    """Return a further code as it stands, having said that it is looked for character for character."""
    for bare in (f"org:{text.upper()}", f"vehicle:{text.lower()}"):
        with suppress(MalformedError):
            return str(ItemId.parse(bare))
    _refuse_vin(text)
    try:
        codec_of(AliasText).decode(text)
    except MalformedClaimError as error:
        why = translate(error.reason, spoken())
        raise CliError(
            say(
                f"{text} 不可能写入索引，证明不了什么：{why}",
                f"{text} cannot stand in an index, so nothing is shown by that: {why}",
            )
        ) from error
    click.echo(
        say(
            f"{text} 不是标识，也不是电池编码：按其他编码逐字符查询",
            f"{text} is neither an id nor a battery code: asked for as a further code, "
            "character for character",
        ),
        err=True,
    )
    return text


def _refuse_vin(text: str) -> None:
    with suppress(MalformedVinError):
        Vin.parse(text.upper())
        raise CliError(
            say(
                f"{text} 形如车辆识别代号，而车辆识别代号从不写入日志：索引证明不了什么；请查电池的编码",
                f"{text} has the form of a VIN, and none is ever written into the log: its index can show "
                "nothing of one. Ask for the battery's code",
            )
        )
