"""Puts the demonstration into the ledger, and knows whether it is there already.

The story is signed anew at every run and is always the same, so a run that was interrupted goes on: what is
logged is recognised, what is missing is added.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import click

from cli.commands import write_text
from cli.demo import story
from cli.demo.consortium import REGISTRAR
from cli.demo.keyring import Keyring
from cli.demo.pen import FOUNDING, Pen
from cli.demo.turns_last import PILOT_ORIGIN
from cli.demo.world import World
from cli.errors import CliError, sentence
from cli.log import found_log, opened, root_of_trust
from cli.logkey import log_signer, seen_of, vin_key
from cli.settings import Settings
from cli.signing import sign_event
from cli.speech import say
from crypto import jws, strictjson
from crypto.encoding import b64url_encode
from crypto.errors import CryptoError
from crypto.strictjson import Json
from ledger import indexing
from ledger.entry import Entry
from ledger.events.envelope import event_id
from ledger.events.log import IndexPublished
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.logkey import seen_path
from ledger.rebuild import rebuild_vins
from ledger.sequencer import Sequencer
from ledger.sequencer.clock import SystemClock
from ledger.sequencer.genesis import Founder
from ledger.sequencer.moving import take_over
from ledger.sequencer.outcomes import Duplicate, Logged, Outcome, Refused
from ledger.store import Snapshot, Store
from ledger.uuid7 import RANDOM_BYTES, uuid7
from ledger.vocabulary import Purpose

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

FOLDER: Final = Path("var/demo")
DEFAULT_PACKS: Final = 300
_BATCH: Final = 250
_PERCENT: Final = 100
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS


@dataclass(frozen=True, slots=True)
class Plan:
    """What is being built or was: kept in `story.json`, so that the next run goes on with the same.

    Attributes:
        packs: how many packs.
        base_url: what their labels point to.
        until_ms: nothing in the story happens later.
        samples: items to look at, by name; empty until all is there.
        root: the id of entry 0; empty until all is there.
    """

    packs: int
    base_url: str
    until_ms: int
    samples: dict[str, str]
    root: str = ""

    @property
    def complete(self) -> bool:
        """Whether everything was logged."""
        return bool(self.root)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Return the plan of a file, None where there is none; raises CliError where it is damaged."""
        if not path.exists():
            return None
        try:
            value = strictjson.loads(path.read_bytes())
        except CryptoError as error:
            raise _damaged(path) from error
        match value:
            case {
                "packs": int(packs),
                "base_url": str(base_url),
                "until_ms": int(until_ms),
                "samples": dict(samples),
                "root": str(root),
            }:
                named = {name: str(item) for name, item in samples.items()}
                return cls(packs, base_url, until_ms, named, root)
        raise _damaged(path)

    def write(self, path: Path) -> None:
        """Keep the plan."""
        value: dict[str, Json] = {
            "packs": self.packs,
            "base_url": self.base_url,
            "until_ms": self.until_ms,
            "samples": {**self.samples},
            "root": self.root,
        }
        write_text(path, strictjson.dumps(value) + "\n")


def build(settings: Settings, folder: Path, packs: int | None) -> Plan:
    """Return the finished plan; what is not in the ledger yet is put there first.

    Raises:
        CliError: another number of packs is there already, or the ledger in this database is another one.
    """
    path = folder / "story.json"
    plan = _plan(settings, path, packs)
    if plan.complete:
        _check_there(settings, plan, folder)
        return plan
    plan.write(path)
    keyring = Keyring(folder / "keys")
    with opened(settings, migrate=True) as store:
        started = _is_founded(store)
    if not started:
        found_log(_founder(keyring), pilot_settings(settings, folder))
    with opened(settings) as store:
        samples = _tell(settings, store, keyring, plan, folder)
        trust = root_of_trust(settings, store)
    write_text(folder / "trust.json", trust.format())
    done = replace(plan, samples={name: str(item) for name, item in samples.items()}, root=trust.root)
    done.write(path)
    return done


def freshen(settings: Settings, folder: Path) -> None:
    """Have the registrar publish the index where the last one is more than a day old."""
    with opened(settings) as store:
        _publish(settings, store, Keyring(folder / "keys"))


def _plan(settings: Settings, path: Path, packs: int | None) -> Plan:
    known = Plan.read(path)
    if known is None:
        until_ms = SystemClock().now_ms() - _HOUR_MS
        return Plan(packs or DEFAULT_PACKS, settings.base_url, until_ms, {})
    if packs not in (None, known.packs):
        raise CliError(
            say(
                f"演示数据已有 {known.packs} 个电池包；要换数量，"
                f"请先删除 {path.parent}、数据库和 {settings.log_key}*",
                f"the demonstration has {known.packs} packs; for another number remove {path.parent}, "
                f"the database and {settings.log_key}* first",
            )
        )
    return known


def _check_there(settings: Settings, plan: Plan, folder: Path) -> None:
    with opened(settings, migrate=True) as store:
        if _is_founded(store) and root_of_trust(settings, store).root == plan.root:
            return
    raise CliError(
        say(
            f"{folder} 中的演示不属于这个数据库；请删除 {folder}、数据库和 {settings.log_key}* 后重来",
            f"the demonstration in {folder} is not the one in this database; remove {folder}, the database "
            f"and {settings.log_key}*, and start again",
        )
    )


def _is_founded(store: Store) -> bool:
    with store.snapshot() as snapshot:
        return snapshot.head().size >= FOUNDING


def _founder(keyring: Keyring) -> Founder:
    return Founder(
        org=REGISTRAR.id,
        name_zh=REGISTRAR.name_zh,
        name_en=REGISTRAR.name_en,
        district=REGISTRAR.district,
        admin=keyring.key(REGISTRAR, Purpose.ADMIN),
        recovery=keyring.key(REGISTRAR, Purpose.RECOVERY).verifier,
        office=keyring.key(REGISTRAR).verifier,
    )


def _tell(settings: Settings, store: Store, keyring: Keyring, plan: Plan, folder: Path) -> dict[str, ItemId]:
    home = log_signer(settings, create=True)
    world = World(Pen(keyring, PILOT_ORIGIN, _tips(store, keyring)), plan.until_ms)
    texts = _Told(story.tell(world, plan.base_url, plan.packs, home.verifier_key))
    began = time.monotonic()
    with _progress() as bar:

        def told() -> None:
            bar.update(world.told_percent() - bar.pos)

        if not seen_path(settings.log_key).exists():
            # The story begins under the log's first origin and moves in the course of it.
            pilot = pilot_settings(settings, folder)
            _log(pilot, store, texts.until(lambda: world.pen.moved_after), told)
            _move(pilot, settings, store)
        _log(settings, store, texts, told)
        _publish(settings, store, keyring)
    # Some VINs came under the log's first key; all are found by the one beside the key it has now.
    rebuild_vins(store, vin_key(settings))
    seconds = time.monotonic() - began
    count = texts.count
    click.echo(say(f"{count} 个事件，{seconds:.1f} 秒", f"{count} events in {seconds:.1f} s"), err=True)
    return world.samples


class _Told:
    """The story's events, counted as they are taken."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        for text in self._texts:
            self.count += 1
            yield text

    def until(self, last: Callable[[], int | None]) -> Iterator[str]:
        """Yield events up to the one whose number `last` gives, as soon as it gives one."""
        for text in self:
            yield text
            if self.count == last():
                return


def pilot_settings(settings: Settings, folder: Path) -> Settings:
    """Return the settings under which the demonstration's log began."""
    return replace(settings, origin=PILOT_ORIGIN, log_key=folder / "pilot.key")


@contextmanager
def _progress() -> Iterator["ProgressBar[int]"]:
    label = say("写入演示数据", "logging the demonstration")
    with click.progressbar(length=_PERCENT, label=label, file=sys.stderr) as bar:
        yield bar


def _log(settings: Settings, store: Store, texts: Iterable[str], told: Callable[[], None]) -> None:
    signer = log_signer(settings)
    with seen_of(settings, signer) as seen, Sequencer(store, signer, seen, SystemClock()) as sequencer:
        for batch in _batches(iter(texts)):
            for outcome in sequencer.submit(batch):
                if not isinstance(outcome, Logged | Duplicate):
                    raise CliError(_why(outcome))
            told()


def _why(outcome: Outcome) -> str:
    if isinstance(outcome, Refused):
        return f"{outcome.event_id}: {sentence(outcome.refusal)}"
    return say("没有写入", "it was not logged")


def _move(pilot: Settings, settings: Settings, store: Store) -> None:
    old, new = log_signer(pilot), log_signer(settings)
    with seen_of(pilot, old) as last, seen_of(settings, new) as seen:
        take_over(store, new, seen, last.read())


def _publish(settings: Settings, store: Store, keyring: Keyring) -> None:
    """Have the registrar publish the index of all that is logged, unless it did within the last day."""
    with store.snapshot() as snapshot:
        index_at, _ = indexing.latest(snapshot)
        if index_at >= 0 and _age_ms(snapshot, index_at) < _DAY_MS:
            return
        size, index = snapshot.head().size, indexing.make(snapshot, snapshot.head().size)
    claims = IndexPublished(size=size, count=index.count, root=b64url_encode(index.root()))
    now_ms = SystemClock().now_ms()
    text = sign_event(
        claims,
        keyring.key(REGISTRAR),
        aud=settings.origin,
        iss=REGISTRAR.id,
        jti=uuid7(now_ms, keyring.draw(f"index {size}", RANDOM_BYTES)),
        iat=now_ms // 1000,
        at=Instant.from_ms(now_ms),
        prev={},
        restricted={},
        salts=[],
    )
    _log(settings, store, [text], lambda: None)


def _age_ms(snapshot: Snapshot, index: int) -> int:
    [body] = snapshot.entries(index, index + 1)
    return SystemClock().now_ms() - Entry.decode(body).logged_at_ms


def _tips(store: Store, keyring: Keyring) -> dict[ItemId, str]:
    """Return the registrar's tip as entry 1 left it, whatever came later; its keys must be ours."""
    with store.snapshot() as snapshot:
        first, second = (jws.parse(Entry.decode(entry).jws) for entry in snapshot.entries(0, FOUNDING))
    if first.kid != keyring.key(REGISTRAR, Purpose.ADMIN).verifier.thumbprint():
        raise CliError(
            say(
                "数据库里是另一本账；演示需要空的数据库和自己的日志密钥",
                "this database holds another ledger; the demonstration needs an empty one and a log key "
                "of its own",
            )
        )
    return {REGISTRAR.id: event_id(second.signing_input)}


def _batches(texts: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(texts, _BATCH)):
        yield batch


def _damaged(path: Path) -> CliError:
    return CliError(
        say(f"{path} 已损坏；请删除它所在的文件夹", f"{path} is damaged; remove the folder it is in")
    )
