"""Code lists of organisations: their roles, keys, sites, and whom they report to."""

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


class KeyRevocation(StrEnum):
    """Why a key is revoked."""

    ROTATED = "rotated"
    LOST = "lost"
    COMPROMISED = "compromised"
    STAFF_LEFT = "staff_left"
    DEVICE_RETIRED = "device_retired"
    ORGANISATION_CLOSED = "organisation_closed"


class SiteKind(StrEnum):
    """What a site is."""

    PLANT = "plant"
    OUTLET = "outlet"
    STATION = "station"


class ReportAuthority(StrEnum):
    """To whom a report was filed."""

    NATIONAL_PLATFORM = "national_platform"
    LOCAL_AUTHORITY = "local_authority"
    CUSTOMS = "customs"
    TAX = "tax"
    EU_REGISTER = "eu_register"
    OTHER = "other"


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


class CollectedFrom(StrEnum):
    """Who hands a battery to a collector."""

    CONSUMER = "consumer"
    UNENROLLED_FIRM = "unenrolled_firm"
    AUTHORITY = "authority"
    FOUND = "found"
    ENROLLED_FIRM = "enrolled_firm"
