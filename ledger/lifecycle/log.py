"""Effects of what the registrar states about the log itself."""

from dataclasses import replace
from typing import Final

from crypto.note import VerifierKey
from ledger.errors import AuthorityRefusal, ConflictError, RuleRefusal
from ledger.events.log import IndexPublished, LogKeyAdded, LogMoved
from ledger.lifecycle.effects import effect
from ledger.lifecycle.scene import Scene
from ledger.state import LOG, Log

MAX_VKEYS: Final = 64


@effect(IndexPublished)
def index_published(scene: Scene, claims: IndexPublished) -> None:
    """Note how far the index goes; what it says is computed again by whoever audits."""
    log = _log(scene)
    if not log.published < claims.size <= scene.index:
        raise RuleRefusal(
            "index.size", scene.event.id, size=claims.size, least=log.published + 1, most=scene.index
        )
    scene.put(LOG, replace(log, published=claims.size, published_by=scene.event.id))


@effect(LogKeyAdded)
def log_key_added(scene: Scene, claims: LogKeyAdded) -> None:
    """Announce another key of the log."""
    log = _log(scene)
    _check_vkey(log, claims.vkey, log.origin)
    scene.put(LOG, replace(log, vkeys=(*log.vkeys, claims.vkey)))


@effect(LogMoved)
def log_moved(scene: Scene, claims: LogMoved) -> None:
    """Let the log go on under another origin and key."""
    log = _log(scene)
    if claims.origin == log.origin:
        raise ConflictError("log.same_origin", claims.origin)
    _check_vkey(log, claims.vkey, claims.origin)
    scene.put(LOG, replace(log, origin=claims.origin, vkeys=(*log.vkeys, claims.vkey)))


def _log(scene: Scene) -> Log:
    log = scene.fact(Log, LOG)
    if log is None:
        raise LookupError("the log's own state was not fetched")
    if scene.event.iss != log.registrar:
        raise AuthorityRefusal("org.registrar_only", scene.event.iss)
    return log


def _check_vkey(log: Log, vkey: str, origin: str) -> None:
    if VerifierKey.parse(vkey).name != origin:
        raise RuleRefusal("log.vkey", vkey, origin=origin)
    if vkey in log.vkeys:
        raise ConflictError("log.vkey_known", vkey)
    if len(log.vkeys) >= MAX_VKEYS:
        raise RuleRefusal("log.vkeys", vkey, limit=MAX_VKEYS)
