"""Policies (C2SP tlog-policy): which logs are believed, and how many of which witnesses must have cosigned.

A policy is one text file. Who verifies a checkpoint by it needs nothing else: it names the keys of the logs
and of the witnesses, puts witnesses into groups with a threshold, and says which one is the quorum. Stricter
than the format: names are printable and URLs are http or https.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from crypto.cosignature import CosignerKey
from crypto.errors import CryptoError
from crypto.note import VerifierKey
from ledger.errors import MalformedError

NO_QUORUM: Final = "none"
SAME_MACHINE: Final = "localhost"
"""What the names of witnesses begin with that run beside their log, as those of the demonstration do."""
MAX_BYTES: Final = 1_000_000
MAX_OF_EACH: Final = 256
_ALLOWED: Final = re.compile(rb"[\t\n\x20-\x7e\x80-\xff]*")
_WORD_SPACE: Final = re.compile("[ \t]+")
_THRESHOLD: Final = re.compile("[1-9][0-9]{0,3}")
_URL: Final = re.compile(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?")
_LOG_WORDS: Final = (2, 3)
_WITNESS_WORDS: Final = (3, 4)
_GROUP_WORDS: Final = 4
_QUORUM_WORDS: Final = 2


class MalformedPolicyError(MalformedError):
    """A text is no policy, with the line that breaks the format."""


@dataclass(frozen=True, slots=True)
class PolicyLog:
    """A log that is believed: its key, and where it is."""

    vkey: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: its name in this policy, its key, and the prefix of its URL for submissions."""

    name: str
    key: CosignerKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A group has witnessed a checkpoint when `threshold` of its members have."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy.

    Attributes:
        logs: The logs that are believed, none where they are known otherwise.
        witnesses: By their names, in the order of the file.
        groups: By their names; a member stands before its group.
        quorum: The witness or the group that must have witnessed a checkpoint, or `none`.
    """

    logs: tuple[PolicyLog, ...]
    witnesses: Mapping[str, Witness]
    groups: Mapping[str, Group]
    quorum: str

    @classmethod
    def parse(cls, data: str | bytes) -> "Policy":
        """Return the policy of a file.

        Raises:
            MalformedPolicyError: It breaks the format; the message has the number of the line.
        """
        return _Reader().read(_lines(data))

    def format(self) -> str:
        """Return the text of the policy: its lines and no comment; reading it gives an equal one."""
        lines = [_line("log", log.vkey.format(), log.url) for log in self.logs]
        lines += [_line("witness", one.name, one.key.format(), one.url) for one in self.witnesses.values()]
        lines += [_line("group", one.name, str(one.threshold), *one.members) for one in self.groups.values()]
        return "\n".join([*lines, _line("quorum", self.quorum), ""])

    @property
    def demands_witnesses(self) -> bool:
        """Whether a checkpoint needs any cosignature at all."""
        return self.quorum != NO_QUORUM

    @property
    def keys(self) -> tuple[CosignerKey, ...]:
        """The keys of all witnesses."""
        return tuple(witness.key for witness in self.witnesses.values())

    @property
    def beside_their_log(self) -> tuple[Witness, ...]:
        """The witnesses whose keys' names say that they run on the log's own machine."""
        found = self.witnesses.values()
        return tuple(one for one in found if one.key.name.partition("/")[0] == SAME_MACHINE)

    def name_of(self, key: CosignerKey) -> str:
        """Return the policy's name for a witness's key; raises LookupError for a stranger's."""
        return next(name for name, witness in self.witnesses.items() if witness.key == key)

    def is_met_by(self, names: Collection[str]) -> bool:
        """Say whether a checkpoint that these witnesses have cosigned is valid."""
        have = set(names) & self.witnesses.keys()
        for group in self.groups.values():
            if sum(member in have for member in group.members) >= group.threshold:
                have.add(group.name)
        return not self.demands_witnesses or self.quorum in have

    def logs_named(self, origin: str) -> tuple[VerifierKey, ...]:
        """Return the keys of the logs of an origin."""
        return tuple(log.vkey for log in self.logs if log.vkey.name == origin)


def _lines(data: str | bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the words of each line that says anything, with its number from 1."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        raise MalformedPolicyError(f"a policy has at most {MAX_BYTES} bytes")
    if not _ALLOWED.fullmatch(raw):
        raise MalformedPolicyError("a policy has no control characters but tab and newline")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedPolicyError("not UTF-8") from error
    for number, line in enumerate(text.split("\n"), 1):
        words = [word for word in _WORD_SPACE.split(line) if word]
        if words and not words[0].startswith("#"):
            yield number, words


@dataclass(slots=True)
class _Reader:
    """What was read so far."""

    logs: list[PolicyLog] = field(default_factory=list)
    witnesses: dict[str, Witness] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    quorum: str | None = None

    def read(self, lines: Iterator[tuple[int, list[str]]]) -> Policy:
        for number, (keyword, *rest) in lines:
            try:
                self._take(keyword, rest)
            except CryptoError as error:
                raise MalformedPolicyError(f"line {number}: {error.reason}") from error
            except MalformedPolicyError as error:
                raise MalformedPolicyError(f"line {number}: {error}") from error
        if self.quorum is None:
            raise MalformedPolicyError("there is no quorum line")
        return Policy(logs=tuple(self.logs), witnesses=self.witnesses, groups=self.groups, quorum=self.quorum)

    def _take(self, keyword: str, rest: list[str]) -> None:
        match keyword:
            case "log":
                self._take_log(rest)
            case "witness":
                self._take_witness(rest)
            case "group":
                self._take_group(rest)
            case "quorum":
                self._take_quorum(rest)
            case _:
                raise MalformedPolicyError("a line begins with log, witness, group or quorum")

    def _take_log(self, words: list[str]) -> None:
        if len(words) + 1 not in _LOG_WORDS:
            raise MalformedPolicyError("a log is a vkey and perhaps a URL")
        log = PolicyLog(VerifierKey.parse(words[0]), _url(words[1:]))
        if any(log.vkey.verifier == one.vkey.verifier for one in self.logs):
            raise MalformedPolicyError("this key is that of another log already")
        _bound(self.logs, "logs")
        self.logs.append(log)

    def _take_witness(self, words: list[str]) -> None:
        if len(words) + 1 not in _WITNESS_WORDS:
            raise MalformedPolicyError("a witness is a name, a vkey and perhaps a URL")
        witness = Witness(self._new_name(words[0]), CosignerKey.parse(words[1]), _url(words[2:]))
        if any(witness.key.verifier.key == one.key.verifier.key for one in self.witnesses.values()):
            raise MalformedPolicyError("this key is that of another witness already")
        _bound(self.witnesses, "witnesses")
        self.witnesses[witness.name] = witness

    def _take_group(self, words: list[str]) -> None:
        if len(words) + 1 < _GROUP_WORDS:
            raise MalformedPolicyError("a group is a name, all, any or a number, and its members")
        name, threshold, *members = words
        self._new_name(name)
        _bound(self.groups, "groups")
        for member in members:
            self._take_member(member)
        self.groups[name] = Group(name, _threshold(threshold, len(members)), tuple(members))

    def _take_member(self, member: str) -> None:
        self._known_name(member)
        if member in self.members:
            raise MalformedPolicyError(f"{member} is a member of a group already")
        self.members.add(member)

    def _take_quorum(self, words: list[str]) -> None:
        if len(words) + 1 != _QUORUM_WORDS:
            raise MalformedPolicyError("a quorum is one name, or none")
        if self.quorum is not None:
            raise MalformedPolicyError("there is a quorum line already")
        if words[0] != NO_QUORUM:
            self._known_name(words[0])
        self.quorum = words[0]

    def _new_name(self, name: str) -> str:
        if name == NO_QUORUM or name in self.witnesses or name in self.groups:
            raise MalformedPolicyError(f"the name {name} is taken")
        if not name.isprintable():
            raise MalformedPolicyError("a name is printable")
        return name

    def _known_name(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise MalformedPolicyError(f"no line before this one defines {name}")


def _line(*words: str | None) -> str:
    return " ".join(word for word in words if word is not None)


def _bound(found: Collection[object], what: str) -> None:
    if len(found) >= MAX_OF_EACH:
        raise MalformedPolicyError(f"a policy has at most {MAX_OF_EACH} {what}")


def _threshold(word: str, count: int) -> int:
    if word == "all":
        return count
    if word == "any":
        return 1
    if not _THRESHOLD.fullmatch(word) or int(word) > count:
        raise MalformedPolicyError(f"a threshold is all, any or a number from 1 to {count}")
    return int(word)


def _url(words: list[str]) -> str | None:
    if not words:
        return None
    if not _URL.fullmatch(words[0]):
        raise MalformedPolicyError("a URL begins with http:// or https:// and has neither ? nor #")
    return words[0].rstrip("/")
