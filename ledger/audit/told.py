"""What else a server tells, against what the entries give: keys and further codes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from crypto import note
from crypto.errors import CryptoError
from ledger.audit.findings import Finding, Findings, Kind
from ledger.audit.items import CHUNK, same
from ledger.audit.replay import Replay
from ledger.audit.source import NotServedError, Source, Teller
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.identifiers import ItemId
from ledger.state import Alias, FactKind, Organisation, RegisteredKey, state_to_json
from ledger.state.keys import Fact


@dataclass(slots=True)
class Told:
    """Asks for all of it and compares.

    Attributes:
        size: Size of the tree that was replayed.
    """

    source: Source
    teller: Teller
    replay: Replay
    findings: Findings
    size: int

    def compare_keys(self) -> None:
        """Compare keys and the firms told with them; what others change meanwhile is for the next audit."""
        try:
            differing_now = self._differing_keys()
            if differing_now:
                # The log may have grown between the checkpoint and the keys of one answer.
                differing_now &= self._differing_keys()
        except NotServedError as error:
            self._find(Kind.ITEM, "keys_not_served", None, {"why": str(error)})
            return
        for name in sorted(differing_now):
            reason = "firm_differs" if name.startswith("org:") else "key_differs"
            self._find(Kind.ITEM, reason, name, {})

    def compare_aliases(self) -> None:
        """Compare what every further code leads to."""
        aliases = [
            state
            for key in self.replay.states
            if isinstance(key, Fact) and key.kind is FactKind.ALIAS
            if isinstance(state := self.replay.states.get(key), Alias)
        ]
        for start in range(0, len(aliases), CHUNK):
            self._ask(aliases[start : start + CHUNK])

    def _differing_keys(self) -> set[str]:
        """Return the keys and firms told otherwise than the entries give them, in an answer as old."""
        match self.teller.keys():
            case {"checkpoint": str(text), "keys": list(keys), "organisations": list(firms)}:
                size = _size(text)
            case _:
                raise NotServedError("it is no list of keys")
        if size > self.size:
            return set()
        if size < self.size:
            raise NotServedError(f"they are those after {size} entries and not {self.size}")
        told = {str(row.get("kid")): row for row in keys if isinstance(row, dict)}
        told |= {str(row.get("id")): row for row in firms if isinstance(row, dict)}
        if len(told) != len(keys) + len(firms):
            raise NotServedError("one is listed twice, or is no key and no firm")
        known = {_name(state): state_to_json(state) for state in self._of_keys()}
        return {name for name in told.keys() | known.keys() if not same(told.get(name), known.get(name))}

    def _of_keys(self) -> Iterator[RegisteredKey | Organisation]:
        for key in self.replay.states:
            is_key = isinstance(key, Fact) and key.kind is FactKind.KEY
            if is_key or (isinstance(key, ItemId) and key.is_org):
                state = self.replay.states.get(key)
                if isinstance(state, RegisteredKey | Organisation):
                    yield state

    def _ask(self, aliases: Sequence[Alias]) -> None:
        try:
            answer = self.source.lookup([one.alias for one in aliases])
        except NotServedError as error:
            self._find(Kind.ITEM, "not_served", aliases[0].alias, {"why": str(error)})
            return
        match answer:
            case {"size": int(), "items": list(rows)} if len(rows) == len(aliases):
                for one, row in zip(aliases, rows, strict=True):
                    leads_to = {row.get("id"), row.get("same_as")} if isinstance(row, dict) else set()
                    if str(one.item) not in leads_to:
                        self._find(Kind.ITEM, "alias", one.alias, {"expected": str(one.item)})
            case _:
                self._find(Kind.ITEM, "answer", aliases[0].alias, {})

    def _find(self, kind: Kind, reason: str, item: str | None, facts: Mapping[str, object]) -> None:
        follows = self.replay.doubt.first
        self.findings.add(Finding(kind=kind, reason=reason, item=item, follows=follows, facts=facts))


def _name(state: RegisteredKey | Organisation) -> str:
    return state.kid if isinstance(state, RegisteredKey) else str(state.id)


def _size(text: str) -> int:
    try:
        return Checkpoint.parse(note.parse(text)[0]).size
    except (CryptoError, MalformedCheckpointError) as error:
        raise NotServedError(f"their checkpoint is none: {error}") from error
