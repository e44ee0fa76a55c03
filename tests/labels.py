"""Labels to test with: facts, keys and the largest label the format promises to fit."""

from datetime import date

from crypto.keys import Algorithm, PrivateKey
from ledger.identifiers import ItemId
from ledger.label import LabelFacts
from ledger.label_url import LabelUrl
from ledger.vocabulary import Chemistry, Hazard

CELL = ItemId.parse("gbt34014:001CB240000003B3C0221953")
LONGEST = ItemId.parse("gbt34014:ZZZPB01ABC0001C720000012RP")
URL = LabelUrl.of("https://sudian.example", CELL)
# A host of 25 characters, the longest for which version 11 is promised.
WIDE_URL = LabelUrl.of("https://passports.sudian.example1", LONGEST)
ED25519 = PrivateKey.from_seed(bytes(range(32)))
OTHER = PrivateKey.from_seed(bytes(range(1, 33)))
ES256 = PrivateKey.generate(Algorithm.ES256)

FACTS = LabelFacts(
    chemistry=Chemistry.LFP,
    mass_g=389_000,
    nominal_voltage_mv=403_200,
    rated_energy_wh=60_480,
    hazards=frozenset({Hazard.HIGH_VOLTAGE, Hazard.TOXIC_GAS}),
    manufactured_on=date(2021, 3, 12),
    number=1,
)
LARGEST_FACTS = LabelFacts(
    chemistry=Chemistry.SODIUM_ION,
    mass_g=2**32 - 1,
    nominal_voltage_mv=2**32 - 1,
    rated_energy_wh=2**32 - 1,
    hazards=frozenset(Hazard),
    manufactured_on=date(2149, 6, 6),
    number=2**16 - 1,
)
