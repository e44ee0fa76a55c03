"""Which language to answer in: `?lang=` where a person chose, else Accept-Language, else English."""

from typing import Final

from flask import Request

from ledger.wording import Language

_BY_PREFIX: Final = {"zh": Language.ZH, "en": Language.EN}


def language_of(request: Request) -> Language:
    """Return the language to answer a request in."""
    asked = [request.args.get("lang", ""), *request.accept_languages.values()]
    for tag in asked:
        found = _BY_PREFIX.get(tag.lower()[:2])
        if found is not None and tag[2:3] in {"", "-", "_"}:
            return found
    return Language.EN
