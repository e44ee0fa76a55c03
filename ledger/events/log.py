"""What the registrar states about the log itself: its index, its keys and where it lives."""

from typing import Final

from ledger.events.row import NONE, OFFICE, About, Claims, Row, event_type
from ledger.fields import Count, Hash, LogVkey, Origin, Positive
from ledger.vocabulary import Role

_REGISTRAR: Final = frozenset({Role.REGISTRAR})


@event_type(
    Row(
        type="index.published",
        act=False,
        roles=_REGISTRAR,
        purposes=OFFICE,
        subjects=NONE,
        custody=False,
    )
)
class IndexPublished(Claims):
    """The registrar states how every history stood after the first `size` entries.

    `root` is the RFC 6962 root over `count` lines, one for each item and one for each alias
    (docs/formats.md, Index).
    """

    size: Positive
    count: Count
    root: Hash


@event_type(
    Row(type="log.key_added", act=True, roles=_REGISTRAR, purposes=OFFICE, about=About.SIGNER, custody=False)
)
class LogKeyAdded(Claims):
    """The log announces another key of its own, by which its checkpoints may be signed from here on."""

    vkey: LogVkey


@event_type(
    Row(type="log.moved", act=True, roles=_REGISTRAR, purposes=OFFICE, about=About.SIGNER, custody=False)
)
class LogMoved(Claims):
    """The log goes on under another origin and key, with the same tree; it is the last entry before that."""

    origin: Origin
    vkey: LogVkey
