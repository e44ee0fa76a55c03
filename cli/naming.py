"""What people call things at the command line, and what the ledger's codes are called for them."""

from collections.abc import Sequence
from contextlib import suppress

from cli.errors import CliError
from cli.speech import say, spoken
from ledger.errors import MalformedError
from ledger.identifiers import ItemId
from ledger.scan import interpret
from ledger.wording import UnknownTextError, join, word


def item_named(text: str) -> ItemId:
    """Return the item that a text names: an id, a bare code or a scan; raises CliError."""
    with suppress(MalformedError):  # what is no id is read as a scan
        return ItemId.parse(text)
    try:
        return interpret(text).items[0]
    except (MalformedError, IndexError) as error:
        raise CliError(say(f"无法识别 {text}：{error}", f"{text} is not recognised: {error}")) from error


def code_word(code_list: str, code: str) -> str:
    """Return the word for a code in the chosen language, or the code itself where this program has none."""
    try:
        return word(code_list, code, spoken())
    except UnknownTextError:
        return code


def words(code_list: str, codes: Sequence[str]) -> str:
    """Return the words for several codes as one enumeration."""
    return join([code_word(code_list, code) for code in codes], spoken())
