"""The event types, one frozen dataclass each, by chapter.

Importing this package fills the registry: `REGISTRY["pack.fitted"]` is the claims class of that type.
"""

from ledger.events import (
    correction,
    custody,
    labels,
    log,
    production,
    recycling,
    registry,
    retirement,
    second_life,
    service,
    standing,
    vehicle,
)
from ledger.events.row import REGISTRY, About, Claims, Place, Restricted, Row, Tier

CHAPTERS = (
    registry,
    standing,
    log,
    production,
    labels,
    custody,
    vehicle,
    service,
    retirement,
    second_life,
    recycling,
    correction,
)

__all__ = ["CHAPTERS", "REGISTRY", "About", "Claims", "Place", "Restricted", "Row", "Tier"]
