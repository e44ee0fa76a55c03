"""The inside of `packtrace label --check`: whether prints are good, by keys at hand or by a ledger's word."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click

from cli.client import Client
from cli.commands import print_json
from cli.photos import read_codes
from cli.speech import spoken
from crypto.keys import Verifier
from ledger.keybundle import Keys
from ledger.label import Label, LabelFacts
from ledger.label_check import LabelVerdict
from ledger.printing.check import Code, Fault, Printed, Signature, Standing, labels_of
from ledger.wording import Language, fill, read, sentences

_WIDTH: Final = 12
_SIGNATURES: Final = {LabelVerdict.FORGED: Signature.FORGED, LabelVerdict.UNKNOWN: Signature.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Checked:
    """One label of a picture, judged, and what the ledger answered of it, None where it was not asked."""

    printed: Printed
    told: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Says of pictures whether what was printed is good.

    Attributes:
        keys: the keys that may have signed, by thumbprint; None to take the ledger's word.
        client: the ledger to ask; None to ask none.
        whole: whether a Data Matrix must stand beside each QR code.
    """

    keys: Keys | None
    client: Client | None
    whole: bool

    def check(self, path: Path) -> list[Checked]:
        """Return the labels of a picture; none where nothing was read. Raises CliError."""
        found = labels_of(read_codes(path))
        return [self._judged(one, row) for one, row in zip(found, self._told(found), strict=True)]

    def _told(self, found: Sequence[Printed]) -> Sequence[Mapping[str, Any] | None]:
        """Ask the ledger of those that name an item: what else a picture shows is nobody's business."""
        asked = [one.codes[0].text for one in found if one.item is not None]
        if self.client is None or not asked:
            return [None] * len(found)
        rows = iter(self.client.lookup(asked))
        return [None if one.item is None else next(rows) for one in found]

    def _judged(self, printed: Printed, row: Mapping[str, Any] | None) -> Checked:
        if self.keys is not None:
            printed = printed.signed(one.verifier for one in self.keys.values())
        elif row is not None:
            printed = _signed_as_told(printed, row)
        if row is not None:
            printed = replace(printed, standing=_standing(printed, row))
        return Checked(printed.judged(whole=self.whole), row)


def _signed_as_told(printed: Printed, row: Mapping[str, Any]) -> Printed:
    url, told = printed.url, row["label"]
    if url is None or url.token is None:
        return printed
    verdict = LabelVerdict((told and told["scanned"]) or LabelVerdict.UNKNOWN)
    signature = _SIGNATURES.get(verdict, Signature.HOLDS)
    # What the ledger calls signed was read by it in this same form.
    facts = Label.parse(url.token).facts if signature is Signature.HOLDS else None
    return replace(printed, signature=signature, facts=facts)


def _standing(printed: Printed, row: Mapping[str, Any]) -> Standing:
    label = row["label"]
    if row["state"] is None:
        return Standing.UNKNOWN
    if label is None or label["sha256"] is None:
        return Standing.UNNAMED
    if label["sha256"] != printed.sha256:
        return Standing.REPLACED
    return Standing.NAMED if label["voided"] is None else Standing.VOIDED


def check_prints(paths: Sequence[Path], checker: Checker, *, as_json: bool) -> None:
    """Print what is to be said of each picture; exits with 1 where a print is not good."""
    found = {path: checker.check(path) for path in paths}
    good = all(labels and not any(one.printed.faults for one in labels) for labels in found.values())
    if as_json:
        pictures = [_picture_json(path, labels) for path, labels in found.items()]
        print_json({"result": "good" if good else "bad", "pictures": pictures})
    else:
        for path, labels in found.items():
            click.echo(str(path))
            for line in _lines(labels, checker.keys or {}, spoken()):
                click.echo(f"  {line}".rstrip())
    if not good:
        raise click.exceptions.Exit(1)


def _text(area: str, name: str, lang: Language, /, **facts: object) -> str:
    return fill(sentences(read("cli", "prints", lang)[area][name]), lang, facts)


def _lines(labels: Sequence[Checked], keys: Keys, lang: Language) -> Iterator[str]:
    for one in labels:
        yield from _label_lines(one, keys, lang)
        yield from _outcome(one.printed.faults, lang)
        yield ""
    if not labels:
        yield from _outcome((Fault.NO_CODE,), lang)


def _label_lines(checked: Checked, keys: Keys, lang: Language) -> Iterator[str]:
    printed = checked.printed
    for code in printed.codes:
        yield f"{_text('code', code.symbology, lang):<{_WIDTH}}{_shortened(code)}"
    if printed.item is not None:
        yield f"{_text('field', 'item', lang):<{_WIDTH}}{printed.item}"
    if printed.signature is not None:
        by = f", {_signer(printed.signer, keys, lang)}" if printed.signature is Signature.HOLDS else ""
        said = _text("signature", printed.signature, lang)
        yield f"{_text('field', 'signature', lang):<{_WIDTH}}{said}{by}"
    if printed.facts is not None:
        said = _text("standing", printed.standing, lang, **_facts(printed.facts, checked.told))
        yield f"{_text('field', 'standing', lang):<{_WIDTH}}{said}"


def _shortened(code: Code) -> str:
    """The text of a code; of a label's address without its token, which prints genuine labels."""
    url = code.label
    return code.text if url is None or url.token is None else f"{url.prefix}…"


def _signer(signer: Verifier | None, keys: Keys, lang: Language) -> str:
    if signer is None:
        return _text("by", "ledger", lang)
    kid = signer.thumbprint()
    registered = keys[kid].registered
    if registered is None:
        return _text("by", "key", lang, kid=kid)
    return _text("by", "org", lang, kid=kid, org=registered.org)


def _facts(facts: LabelFacts, told: Mapping[str, Any] | None) -> dict[str, object]:
    label = (told or {}).get("label") or {}
    return {"number": facts.number, "borne": label.get("number") or 0, "why": label.get("voided") or ""}


def _outcome(faults: Sequence[Fault], lang: Language) -> Iterator[str]:
    head = f"{_text('field', 'print', lang):<{_WIDTH}}"
    if not faults:
        yield head + _text("print", "good", lang)
    for fault in faults:
        yield f"{head}{_text('print', 'bad', lang)} [{fault}] {_text('fault', fault, lang)}"


def _picture_json(path: Path, labels: Sequence[Checked]) -> dict[str, Any]:
    faults = [] if labels else [Fault.NO_CODE]
    return {"file": str(path), "labels": [_label_json(one.printed) for one in labels], "faults": faults}


def _label_json(printed: Printed) -> dict[str, Any]:
    return {
        "item": None if printed.item is None else str(printed.item),
        "codes": [{"symbology": one.symbology, "text": one.text} for one in printed.codes],
        "signature": printed.signature,
        "key": None if printed.signer is None else printed.signer.thumbprint(),
        "number": None if printed.facts is None else printed.facts.number,
        "sha256": printed.sha256,
        "standing": printed.standing,
        "faults": list(printed.faults),
    }
