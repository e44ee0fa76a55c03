"""That the ledger never saw a code: two neighbouring lines of the published index, nothing between them."""

import re
from typing import Final

from ledger.dossier.form import Dossier
from ledger.dossier.verify import DossierCheck, DossierVerification
from ledger.verdict import Result, Verdict, failed, ok, unknown

_CELL: Final = re.compile(r"gbt34014:...C")
_DEMANDED: Final = [*map(DossierCheck, ("log", "root", "included", "signed", "complete"))]


def check_absent(dossier: Dossier, verification: DossierVerification, text: str) -> Result:
    """Say whether the index lines of a verified dossier show that nothing was logged under an id or alias.

    Ok where they do, up to the size of the index; failed where the index has a line of it; unknown where the
    dossier does not hold, or holds other lines, and of a cell: the unit that it was built into commits to its
    code, and no event names it.
    """
    checks = verification.checks
    complete = checks[DossierCheck.COMPLETE]
    if dossier.published is None or any(checks[one].verdict is not Verdict.OK for one in _DEMANDED):
        return unknown("not_verified", text=text)
    wanted, lines = f"{text} ", dossier.published.lines
    if any(one.line.startswith(wanted) for one in lines):
        return failed("seen", text=text)
    # The index ends before its first line and behind its last.
    before = {-1, *(one.position for one in lines if one.line < wanted)}
    after = {complete.facts["count"], *(one.position for one in lines if one.line > wanted)}
    if not any(place + 1 in after for place in before):
        return unknown("not_shown", text=text)
    facts = {"text": text, "size": complete.facts["size"]}
    return unknown("cell", **facts) if _CELL.match(text) else ok("absent", **facts)
