"""The code lists of the ledger: a public claim that is no number, date, id or hash is one of these."""

from enum import StrEnum


class Role(StrEnum):
    """What an organisation may be; granted by the registrar, several at once."""

    REGISTRAR = "registrar"
    MANUFACTURER = "manufacturer"
    MATERIAL_MAKER = "material_maker"
    IMPORTER = "importer"
    VEHICLE_MAKER = "vehicle_maker"
    DEALER = "dealer"
    REPAIRER = "repairer"
    SWAP_OPERATOR = "swap_operator"
    FLEET_OPERATOR = "fleet_operator"
    ASSET_OWNER = "asset_owner"
    COLLECTION_POINT = "collection_point"
    ELV_DISMANTLER = "elv_dismantler"
    SECOND_LIFE = "second_life"
    RECYCLER = "recycler"
    CARRIER = "carrier"
    TEST_LAB = "test_lab"
    INSURER = "insurer"
    AUDITOR = "auditor"
    REGULATOR = "regulator"


class Purpose(StrEnum):
    """What a key may sign."""

    ADMIN = "admin"
    OFFICE = "office"
    LINE = "line"
    DEVICE = "device"
    RIG = "rig"
    READER = "reader"
    RECOVERY = "recovery"


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


class MassBasis(StrEnum):
    """How a mass was found."""

    WEIGHED = "weighed"
    APPORTIONED = "apportioned"
    DECLARED = "declared"


class RemovalReason(StrEnum):
    """Why a pack leaves its vehicle."""

    REPAIR = "repair"
    REPLACEMENT = "replacement"
    SCRAPPING = "scrapping"
    RECALL = "recall"


class VehicleUse(StrEnum):
    """What a sold vehicle is used for."""

    PRIVATE = "private"
    BUS = "bus"
    TAXI = "taxi"
    SANITATION = "sanitation"
    LOGISTICS = "logistics"
    OFFICIAL = "official"
    RENTAL = "rental"
    OTHER = "other"


class RetirementReason(StrEnum):
    """Why a battery is declared waste."""

    CAPACITY_FADE = "capacity_fade"
    DAMAGE = "damage"
    FAULT = "fault"
    RECALL = "recall"
    END_OF_VEHICLE = "end_of_vehicle"
    END_OF_SECOND_USE = "end_of_second_use"
    PRODUCTION_SCRAP = "production_scrap"
    OTHER = "other"


class Condition(StrEnum):
    """How an item looks at a hand-over."""

    SOUND = "sound"
    DAMAGED = "damaged"
    LEAKING = "leaking"
    SWOLLEN = "swollen"
    FLOODED = "flooded"
    BURNT = "burnt"
    OPENED = "opened"
    INCOMPLETE = "incomplete"


class CollectedFrom(StrEnum):
    """Who hands a battery to a collector."""

    CONSUMER = "consumer"
    UNENROLLED_FIRM = "unenrolled_firm"
    AUTHORITY = "authority"
    FOUND = "found"
    ENROLLED_FIRM = "enrolled_firm"


class CheckItem(StrEnum):
    """A line of the transport check list answered "yes", which means unfit (GB/T 38698.1-2020, Annex A).

    The standard's own wording is not public; the codes name the conditions it is reported to ask about.
    """

    LEAKAGE = "leakage"
    SMOKE_OR_HEAT = "smoke_or_heat"
    DEFORMATION = "deformation"
    BROKEN_CASING = "broken_casing"
    EXPOSED_TERMINALS = "exposed_terminals"
    INSULATION_FAULT = "insulation_fault"
    FIRE_DAMAGE = "fire_damage"
    WATER_DAMAGE = "water_damage"
    OPENED_WITHOUT_RECORD = "opened_without_record"


class HealthMethod(StrEnum):
    """How a state of health was found."""

    CAPACITY_TEST = "capacity_test"
    ENERGY_TEST = "energy_test"
    RESISTANCE_TEST = "resistance_test"
    BMS_READING = "bms_reading"
    PARTIAL_CYCLE = "partial_cycle"


class HealthQuantity(StrEnum):
    """What was measured; the unit is part of the name."""

    CAPACITY_MAH = "capacity_mah"
    ENERGY_WH = "energy_wh"
    RESISTANCE_UOHM = "resistance_uohm"


class HealthSource(StrEnum):
    """Where the figure came from."""

    BMS = "bms"
    BENCH = "bench"


class Decision(StrEnum):
    """What a grading decides."""

    REUSE = "reuse"
    REPURPOSE = "repurpose"
    RECYCLE = "recycle"


class Application(StrEnum):
    """Where a second-life product works; which are allowed, and since when, is in the rule set."""

    TELECOM_BACKUP = "telecom_backup"
    ENERGY_STORAGE = "energy_storage"
    START_STOP = "start_stop"
    LOW_SPEED_VEHICLE = "low_speed_vehicle"
    UPS = "ups"
    ELECTRIC_BICYCLE = "electric_bicycle"
    OTHER = "other"


class Material(StrEnum):
    """What a lot consists of."""

    CELL_BATCH = "cell_batch"
    CATHODE_POWDER = "cathode_powder"
    ANODE_POWDER = "anode_powder"
    ELECTRODE_SCRAP = "electrode_scrap"
    BLACK_MASS = "black_mass"
    LITHIUM_CARBONATE = "lithium_carbonate"
    LITHIUM_HYDROXIDE = "lithium_hydroxide"
    LITHIUM_PHOSPHATE = "lithium_phosphate"
    IRON_PHOSPHATE = "iron_phosphate"
    NICKEL_SULFATE = "nickel_sulfate"
    COBALT_SULFATE = "cobalt_sulfate"
    MANGANESE_SULFATE = "manganese_sulfate"
    MIXED_HYDROXIDE = "mixed_hydroxide"
    METAL_ALLOY = "metal_alloy"
    SLAG = "slag"
    GRAPHITE = "graphite"
    COPPER = "copper"
    ALUMINIUM = "aluminium"
    STEEL = "steel"
    PLASTICS = "plastics"
    SEPARATOR = "separator"
    ELECTROLYTE = "electrolyte"
    ELECTRONICS = "electronics"
    WIRING = "wiring"
    COOLANT = "coolant"
    HOUSING = "housing"
    RESIDUE = "residue"
    WORK_IN_PROGRESS = "work_in_progress"
    OTHER = "other"


class LotOrigin(StrEnum):
    """Where a declared lot comes from; only `certified` may carry a recycled share."""

    CELLS = "cells"
    PRODUCTION_SCRAP = "production_scrap"
    VIRGIN = "virgin"
    CERTIFIED = "certified"
    UNKNOWN = "unknown"


class Step(StrEnum):
    """A step of treatment."""

    SHRED = "shred"
    HYDROMET = "hydromet"
    PYROMET = "pyromet"
    DIRECT = "direct"
    CATHODE = "cathode"


class Element(StrEnum):
    """An element of an assay."""

    LI = "Li"
    NI = "Ni"
    CO = "Co"
    MN = "Mn"
    CU = "Cu"
    AL = "Al"
    P = "P"
    FE = "Fe"
    F = "F"
    C = "C"


class AssayMethod(StrEnum):
    """How an assay was made."""

    ICP_OES = "icp_oes"
    ICP_MS = "icp_ms"
    AAS = "aas"
    XRF = "xrf"
    TITRATION = "titration"
    COMBUSTION = "combustion"
    ION_CHROMATOGRAPHY = "ion_chromatography"


class Ground(StrEnum):
    """Why a record is corrected, suspended or revoked."""

    TYPING_ERROR = "typing_error"
    WRONG_ITEM = "wrong_item"
    MEASUREMENT_ERROR = "measurement_error"
    SYSTEM_ERROR = "system_error"
    LATE_INFORMATION = "late_information"
    COURT_ORDER = "court_order"
    AUTHORITY_ORDER = "authority_order"
    LICENCE_LAPSED = "licence_lapsed"
    BREACH_OF_DUTY = "breach_of_duty"
    INSOLVENCY = "insolvency"
    OWN_REQUEST = "own_request"


class KeyRevocation(StrEnum):
    """Why a key is revoked."""

    ROTATED = "rotated"
    LOST = "lost"
    COMPROMISED = "compromised"
    STAFF_LEFT = "staff_left"
    DEVICE_RETIRED = "device_retired"
    ORGANISATION_CLOSED = "organisation_closed"


class IncidentKind(StrEnum):
    """What happened to a battery that may make it unsafe."""

    FIRE = "fire"
    SMOKE = "smoke"
    LEAKAGE = "leakage"
    CRASH = "crash"
    FLOODING = "flooding"
    DROP = "drop"
    OVERHEATING = "overheating"
    INSULATION_FAULT = "insulation_fault"
    OTHER = "other"


class Severity(StrEnum):
    """How bad an incident was."""

    MINOR = "minor"
    SERIOUS = "serious"
    SEVERE = "severe"


class SiteKind(StrEnum):
    """What a site is."""

    PLANT = "plant"
    OUTLET = "outlet"
    STATION = "station"


class ReceiverKind(StrEnum):
    """Who takes an item out of the ledger's reach."""

    CONSUMER = "consumer"
    FIRM = "firm"
    AUTHORITY = "authority"


class TakerKind(StrEnum):
    """Where a residue goes."""

    LANDFILL = "landfill"
    INCINERATION = "incineration"
    HAZARDOUS_WASTE = "hazardous_waste"
    SEWAGE = "sewage"
    OTHER = "other"


class DisputeOutcome(StrEnum):
    """How a dispute ends; custody moves only where the outcome says so."""

    CUSTODIAN_KEEPS = "custodian_keeps"
    CLAIMANT_TAKES = "claimant_takes"
    WITHDRAWN = "withdrawn"


class ReportAuthority(StrEnum):
    """To whom a report was filed."""

    NATIONAL_PLATFORM = "national_platform"
    LOCAL_AUTHORITY = "local_authority"
    CUSTOMS = "customs"
    TAX = "tax"
    EU_REGISTER = "eu_register"
    OTHER = "other"


class Why(StrEnum):
    """Why an item enters the ledger by declaration instead of manufacture."""

    LEGACY = "legacy"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    CLONE = "clone"
    IMPORT = "import"


class RepairStage(StrEnum):
    """Whether a repair is part of production or of service."""

    PRODUCTION = "production"
    SERVICE = "service"


class RecallRemedy(StrEnum):
    """What a recall asks for."""

    INSPECT = "inspect"
    SOFTWARE = "software"
    REPAIR = "repair"
    REPLACE = "replace"
    STOP_USE = "stop_use"
