"""In which language the command speaks: `--lang`, else LC_ALL, LC_MESSAGES or LANG."""

import os
from typing import Final

import click

from ledger.wording import Language

LANGUAGES: Final = tuple(language.short for language in Language)
_META: Final = "packtrace.lang"
_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")


def language() -> str:
    """Return the language spoken, `zh` or `en`."""
    return spoken().short


def spoken() -> Language:
    """Return the language spoken."""
    context = click.get_current_context(silent=True)
    chosen = context.meta.get(_META) if context else None
    told = chosen or next((os.environ[name] for name in _VARIABLES if os.environ.get(name)), "")
    return Language.ZH if str(told).lower().startswith(Language.ZH.short) else Language.EN


def say(zh: str, en: str) -> str:
    """Return the one of two sentences that is in the language spoken."""
    return zh if spoken() is Language.ZH else en


def _remember(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value:
        context.meta[_META] = value


def language_option() -> click.Option:
    """Return the option `--lang`; it hands nothing to the command it stands on."""
    return click.Option(
        ["--lang"],
        type=click.Choice(LANGUAGES),
        expose_value=False,
        is_eager=True,
        callback=_remember,
        help="Language of what is printed; otherwise that of LC_ALL, LC_MESSAGES or LANG.",
    )
