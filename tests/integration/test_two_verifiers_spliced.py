"""Dossiers cut, reordered and put together from others: never verified, and both verifiers say the same."""

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

import pytest

from ledger.dossier import form
from ledger.dossier.verify import verify_dossier
from ledger.errors import MalformedError
from ledger.policy import Policy
from tests.dossiers import form_of
from tests.javascript import answers, asked
from tests.vectors import dossiers
from tests.vectors.dossier_cases import TRUST
from tests.vectors.dossiers import DECLARED, NOW_S
from tests.vectors.story import PACK

EACH: Final = 8
POLICY: Final = dossiers.policy()
Told = dict[str, Any]
Said = dict[str, Any]
Edit = Callable[[random.Random, Told, Told], None]


@cache
def originals() -> tuple[str, ...]:
    """Return the texts of whole dossiers of three logs that begin alike."""
    declared = dossiers.declared({"vendor": "ZZY", "specs": []})
    made = (dossiers.stolen().dossier(), dossiers.confirmed().dossier(), declared.dossier([DECLARED, PACK]))
    return tuple(one.format() for one in made)


def two(rng: random.Random, some: Sequence[Any]) -> tuple[int, int]:
    """Return two places that differ."""
    first, second = rng.sample(range(len(some)), 2)
    return first, second


def cut(rng: random.Random, told: Told, _: Told) -> None:
    """Leave out everything behind some entry."""
    del told["entries"][rng.randrange(len(told["entries"]) - 1) + 1 :]


def drop(rng: random.Random, told: Told, _: Told) -> None:
    """Leave out some entries."""
    for _one in range(rng.randint(1, 3)):
        del told["entries"][rng.randrange(len(told["entries"]))]


def drop_cleanly(rng: random.Random, told: Told, _: Told) -> None:
    """Leave out an item's last entry and the line that tells of it."""
    at = rng.randrange(len(told["entries"]))
    del told["entries"][at]
    del told["published"]["lines"][rng.randrange(len(told["published"]["lines"]))]


def swap(member: str) -> Edit:
    """Return what lets two entries swap a member."""

    def edit(rng: random.Random, told: Told, _: Told) -> None:
        some = told["entries"]
        first, second = two(rng, some)
        some[first][member], some[second][member] = some[second][member], some[first][member]

    return edit


def renumber(rng: random.Random, told: Told, _: Told) -> None:
    """Let the entries from some place on stand elsewhere."""
    for one in told["entries"][rng.randrange(len(told["entries"])) :]:
        one["index"] += rng.randint(1, 2)
    told["entries"].sort(key=lambda one: one["index"])


def drop_line(rng: random.Random, told: Told, _: Told) -> None:
    """Leave out a line of the index."""
    del told["published"]["lines"][rng.randrange(len(told["published"]["lines"]))]


def swap_lines(rng: random.Random, told: Told, _: Told) -> None:
    """Let two lines of the index swap their places."""
    lines = told["published"]["lines"]
    first, second = two(rng, lines)
    lines[first]["position"], lines[second]["position"] = lines[second]["position"], lines[first]["position"]


def drop_disclosure(rng: random.Random, told: Told, _: Told) -> None:
    """Withhold a claim."""
    one = rng.choice([one for one in told["entries"] if one["disclosures"]])
    del one["disclosures"][rng.randrange(len(one["disclosures"]))]


def other_checkpoint(_: random.Random, told: Told, other: Told) -> None:
    """Take the checkpoint of another dossier."""
    told["checkpoint"] = other["checkpoint"]


def other_index(_: random.Random, told: Told, other: Told) -> None:
    """Take the index of another dossier."""
    told["published"] = other["published"]


def other_tail(rng: random.Random, told: Told, other: Told) -> None:
    """Go on as another dossier does."""
    at = rng.randrange(1, min(len(told["entries"]), len(other["entries"])))
    told["entries"] = told["entries"][:at] + other["entries"][at:]


def other_entry(rng: random.Random, told: Told, other: Told) -> None:
    """Take a late entry from another dossier."""
    at = rng.randrange(8, min(len(told["entries"]), len(other["entries"])))
    told["entries"][at] = other["entries"][at]


def more_items(rng: random.Random, told: Told, _: Told) -> None:
    """Claim to be about another item too, or first."""
    told["items"].insert(rng.randint(0, 1), f"gbt34014:ZZYPB01TEST000GB1{rng.randrange(10**7):07d}")


def no_index(_: random.Random, told: Told, __: Told) -> None:
    """Leave out the index."""
    told["published"] = None


def earlier_index(rng: random.Random, told: Told, _: Told) -> None:
    """Name another entry as the index."""
    told["published"]["index"] = rng.choice([one["index"] for one in told["entries"]][:-1])


def unwitnessed(rng: random.Random, told: Told, _: Told) -> None:
    """Leave out a line of a witness."""
    head, _, tail = told["checkpoint"].partition("\n\n")
    lines = tail.splitlines(keepends=True)
    del lines[rng.randrange(1, len(lines))]
    told["checkpoint"] = f"{head}\n\n{''.join(lines)}"


EDITS: Final[Mapping[str, Edit]] = {
    "cut": cut,
    "dropped": drop,
    "dropped with a line": drop_cleanly,
    "swapped entries": swap("entry"),
    "swapped proofs": swap("proof"),
    "swapped disclosures": swap("disclosures"),
    "renumbered": renumber,
    "a line less": drop_line,
    "swapped lines": swap_lines,
    "a claim less": drop_disclosure,
    "another checkpoint": other_checkpoint,
    "another index": other_index,
    "another tail": other_tail,
    "another entry": other_entry,
    "an item more": more_items,
    "no index": no_index,
    "an earlier index": earlier_index,
    "a witness less": unwitnessed,
}


@cache
def spliced() -> Mapping[str, list[tuple[str, Said, Said]]]:
    """Return for each edit the changed dossiers with what Python and JavaScript say of them."""
    rng = random.Random("spliced dossiers")  # noqa: S311  the same edits at every run
    made: dict[str, list[str]] = {}
    for name, edit in EDITS.items():
        for _ in range(EACH):
            mine, other = rng.sample(originals(), 2)
            if (text := edited(mine, other, edit, rng)) not in originals():
                made.setdefault(name, []).append(text)
    return judged(made)


def edited(mine: str, other: str, edit: Edit, rng: random.Random) -> str:
    """Return a dossier that somebody made of two."""
    told = json.loads(mine)
    edit(rng, told, json.loads(other))
    return form_of(told)


def judged(made: Mapping[str, list[str]]) -> Mapping[str, list[tuple[str, Said, Said]]]:
    """Return some dossiers by their edits, each with what Python and JavaScript say of it."""
    questions = [
        asked("dossier", text.encode(), trust=TRUST.format(), policy=POLICY, now=NOW_S)
        for texts in made.values()
        for text in texts
    ]
    said = iter(answers(questions))
    return {
        name: [(text, _python(text), normal(next(said))) for text in texts] for name, texts in made.items()
    }


def _python(text: str) -> Said:
    try:
        dossier = form.parse(text)
    except MalformedError:
        return {"malformed": True}
    found = verify_dossier(dossier, TRUST, policy=Policy.parse(POLICY), now_s=NOW_S)
    return normal(json.loads(json.dumps(found.to_json())))


def normal(answer: Said) -> Said:
    """Return what both verifiers tell of a dossier, in one form."""
    if "checks" not in answer:
        return {"malformed": True}
    told = {
        name: answer[name]
        for name in ("ok", "items", "size", "complete_to", "published_ms", "covered_ms", "amber", "others")
    }
    checks = {name: (one["verdict"], one["reason"]) for name, one in answer["checks"].items()}
    return {
        **told,
        "checks": checks,
        "index": {name: one.get("index") for name, one in answer["checks"].items()},
    }


@pytest.mark.parametrize("name", EDITS)
def test_nothing_spliced_is_verified(name: str) -> None:
    assert [text for text, found, _ in spliced()[name] if found.get("ok")] == []


@pytest.mark.parametrize("name", EDITS)
def test_both_verifiers_say_the_same_of_it(name: str) -> None:
    assert [(python, javascript) for _, python, javascript in spliced()[name] if python != javascript] == []


def test_whatever_passes_as_complete_is() -> None:
    """What is left out under an index is never told to be complete up to it."""
    counted: Counter[str] = Counter()
    for name in ("cut", "dropped", "dropped with a line", "a line less", "another tail"):
        for text, found, _ in spliced()[name]:
            counted[name] += found.get("complete_to") is not None
            if found.get("complete_to") is not None:
                assert found["checks"]["included"][0] == "failed", (name, text)
    assert counted["cut"] == counted["dropped"] == 0


def other_after(rng: random.Random, told: Told, _: Told) -> None:
    """Say of another entry that it is there for its time alone."""
    told["published"]["after"] = rng.randrange(len(told["entries"]) + 1)


def without_after(_: random.Random, told: Told, __: Told) -> None:
    """Leave out the entry that says until when the index covers."""
    told["entries"] = [one for one in told["entries"] if one["index"] != told["published"]["after"]]


def later_after(rng: random.Random, told: Told, _: Told) -> None:
    """Let that entry be dated later."""
    one = next(one for one in told["entries"] if one["index"] == told["published"]["after"])
    time, _, jws = one["entry"].partition(" ")
    one["entry"] = f"{int(time) + rng.randint(1, 60_000)} {jws}"


BEHIND: Final[Mapping[str, Edit]] = {
    **EDITS,
    "another after": other_after,
    "no after": without_after,
    "a later after": later_after,
}


@cache
def behind() -> tuple[int, Mapping[str, list[tuple[str, Said, Said]]]]:
    """Return until when an index covers, and what both say of its dossier once it was put together anew."""
    rng = random.Random("indexes behind")  # noqa: S311  as above
    log = dossiers.behind(0)
    mine = log.dossier(for_its_time=True).format()
    made = {
        name: [edited(mine, other, edit, rng) for other in (*originals(), mine)]
        for name, edit in BEHIND.items()
    }
    covered_ms = log.entries()[11].logged_at_ms
    return covered_ms, judged({name: [one for one in texts if one != mine] for name, texts in made.items()})


@pytest.mark.parametrize("name", BEHIND)
def test_no_edit_lets_an_index_cover_more_than_it_does(name: str) -> None:
    covered_ms, found = behind()
    assert [(python, javascript) for _, python, javascript in found[name] if python != javascript] == []
    for text, python, _ in found[name]:
        if "checks" in python and "failed" not in {verdict for verdict, _ in python["checks"].values()}:
            assert python["covered_ms"] in (None, covered_ms), text
