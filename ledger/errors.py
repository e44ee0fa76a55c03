"""What the ledger refuses, one class per reason. The base class is what callers catch."""

from collections.abc import Mapping


class LedgerError(Exception):
    """Base of everything this package refuses on purpose."""


class MalformedError(LedgerError):
    """Bytes or text from outside do not have the form their format demands."""


class Refusal(LedgerError):  # noqa: N818  a refusal is the word of the domain
    """A submission the ledger does not take: the rule by its id, the item, and the facts behind it.

    The sentence for people, in Chinese and English, is made from these by `ledger.wording`.
    """

    def __init__(self, rule: str, item: object = None, **facts: object) -> None:
        super().__init__(rule, item, facts)
        self.rule = rule
        self.item = None if item is None else str(item)
        self.facts = {name: _plain(value) for name, value in facts.items()}

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return " ".join(part for part in (self.rule, self.item, f"({told})" if told else "") if part)


class MalformedSubmissionError(Refusal, MalformedError):
    """The submitted text is not an event: its form is wrong, whatever the ledger holds."""


class TooLargeError(Refusal):
    """The submission is larger than the log takes."""


class AuthorityRefusal(Refusal):
    """The signer may not state this: its key, its role or its custody does not allow it."""


class RuleRefusal(Refusal):
    """A rule of the lifecycle, the balance or the calendar forbids it."""


class ConflictError(Refusal):
    """The ledger holds something else at that place."""


class StaleTipError(ConflictError):
    """A touched item has a newer event than the one this event builds on; `tips` names each."""

    def __init__(self, item: object, tips: Mapping[str, str | None]) -> None:
        super().__init__("prev.stale", item)
        self.tips = dict(tips)


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if type(value) in (int, str) else str(value)
