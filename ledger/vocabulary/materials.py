"""Code lists of material: lots, steps of treatment, elements and assays."""

from enum import StrEnum


class MassBasis(StrEnum):
    """How a mass was found."""

    WEIGHED = "weighed"
    APPORTIONED = "apportioned"
    DECLARED = "declared"


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
