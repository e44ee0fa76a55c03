"""Code lists of items: what they are, where they stand, and how they ended."""

from enum import StrEnum


class Kind(StrEnum):
    """What an item is."""

    PACK = "pack"
    MODULE = "module"
    CELL = "cell"
    PRODUCT = "product"
    VEHICLE = "vehicle"
    LOT = "lot"


class Phase(StrEnum):
    """Where an item stands in its life."""

    STOCK = "stock"
    FITTED = "fitted"
    POOLED = "pooled"
    REMOVED = "removed"
    PART = "part"
    RETIRED = "retired"
    DEPLOYED = "deployed"
    ENDED = "ended"


class Ending(StrEnum):
    """What ended an item."""

    SPLIT = "split"
    PROCESSED = "processed"
    DISPOSED = "disposed"
    SCRAPPED = "scrapped"
    IDENTIFIED = "identified"
    VOIDED = "voided"


class Status(StrEnum):
    """Battery status in the words of Regulation (EU) 2023/1542, Annex XIII."""

    ORIGINAL = "original"
    REUSED = "reused"
    REPURPOSED = "repurposed"
    REMANUFACTURED = "remanufactured"
    WASTE = "waste"


class Flag(StrEnum):
    """A mark on an item that refuses some acts until it is cleared."""

    LOST = "lost"
    STOLEN = "stolen"
    MISSING = "missing"
    QUARANTINED = "quarantined"
    DISPUTED = "disputed"


class Right(StrEnum):
    """A right over an item; the three can lie with three firms."""

    CUSTODY = "custody"
    OWNERSHIP = "ownership"
    OPERATOR = "operator"


class Chemistry(StrEnum):
    """Cell chemistry; the first eight are the battery types of GB/T 34014-2017."""

    NIMH = "nimh"
    LFP = "lfp"
    LMO = "lmo"
    LCO = "lco"
    NMC = "nmc"
    SUPERCAPACITOR = "supercapacitor"
    LTO = "lto"
    OTHER = "other"
    NCA = "nca"
    LMFP = "lmfp"
    SODIUM_ION = "sodium_ion"


class Category(StrEnum):
    """Battery category of a model (Regulation (EU) 2023/1542, Article 3)."""

    EV = "ev"
    INDUSTRIAL = "industrial"
    LMT = "lmt"
    SLI = "sli"


class CellShape(StrEnum):
    """Form of the cell."""

    PRISMATIC = "prismatic"
    POUCH = "pouch"
    CYLINDRICAL = "cylindrical"


class CriticalMaterial(StrEnum):
    """Critical raw material named for a model."""

    COBALT = "cobalt"
    LITHIUM = "lithium"
    NICKEL = "nickel"
    MANGANESE = "manganese"
    GRAPHITE = "graphite"
    COPPER = "copper"
    ALUMINIUM = "aluminium"
    PHOSPHORUS = "phosphorus"


class Hazard(StrEnum):
    """Hazards to show on a label, in the order of their bits (docs/formats.md, Label)."""

    HIGH_VOLTAGE = "high_voltage"
    FLAMMABLE_ELECTROLYTE = "flammable_electrolyte"
    TOXIC_GAS = "toxic_gas"
    CORROSIVE = "corrosive"
    HEAVY_LIFT = "heavy_lift"


class LabelGround(StrEnum):
    """Why a label is taken out of use."""

    STOLEN = "stolen"
    """Printed labels are in unknown hands."""
    COPIED = "copied"
    """The same label was seen where its battery is not."""
    LOST = "lost"
    """It came off."""
    DAMAGED = "damaged"
    MISPRINTED = "misprinted"


class Application(StrEnum):
    """Where a second-life product works; which are allowed, and since when, is in the rule set."""

    TELECOM_BACKUP = "telecom_backup"
    ENERGY_STORAGE = "energy_storage"
    START_STOP = "start_stop"
    LOW_SPEED_VEHICLE = "low_speed_vehicle"
    UPS = "ups"
    ELECTRIC_BICYCLE = "electric_bicycle"
    OTHER = "other"


class Why(StrEnum):
    """Why an item enters the ledger by declaration instead of manufacture."""

    LEGACY = "legacy"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    CLONE = "clone"
    IMPORT = "import"
