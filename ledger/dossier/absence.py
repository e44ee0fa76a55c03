"""That the ledger never saw a code: two neighbouring lines of the published index, nothing between them."""

from typing import Final

from ledger.dossier.form import Dossier
from ledger.dossier.verify import DossierCheck, DossierVerification
from ledger.index import prefix_of
from ledger.verdict import Result, Verdict

_DEMANDED: Final = [*map(DossierCheck, ("log", "root", "included", "signed", "complete"))]


def check_absent(dossier: Dossier, verification: DossierVerification, text: str) -> Result:
    """Say whether the index lines of a verified dossier show that nothing was logged under an id or alias.

    Ok where they do, up to the size of the index; failed where the index has a line of it; unknown where the
    dossier does not hold, or holds other lines.
    """
    checks = verification.checks
    complete = checks[DossierCheck.COMPLETE]
    if dossier.published is None or any(checks[one].verdict is not Verdict.OK for one in _DEMANDED):
        return Result(Verdict.UNKNOWN, "not_verified", {"text": text})
    wanted = prefix_of(text)
    lines = {one.position: one.line.encode() for one in dossier.published.lines}
    if any(line.startswith(wanted) for line in lines.values()):
        return Result(Verdict.FAILED, "seen", {"text": text})
    before = {place for place, line in lines.items() if line < wanted}
    after = {place for place, line in lines.items() if line > wanted}
    # The index ends before its first line and behind its last.
    before |= {-1}
    after |= {int(complete.facts["count"])}
    if any(place + 1 in after for place in before):
        return Result(Verdict.OK, "absent", {"text": text, "size": complete.facts["size"]})
    return Result(Verdict.UNKNOWN, "not_shown", {"text": text})
