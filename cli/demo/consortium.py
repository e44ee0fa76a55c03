"""The demonstration's firms. None of them exists, and each says so in its name.

Their social credit codes are well formed and stand in a division that is not assigned (999999).
"""

from dataclasses import dataclass
from typing import Final

from ledger import uscc
from ledger.events import Place
from ledger.identifiers import ItemId
from ledger.vocabulary import Purpose, Role


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm of the demonstration. `name` is what its key files are called."""

    number: int
    name: str
    title_zh: str
    title_en: str
    district: str
    roles: tuple[Role, ...]
    purposes: tuple[Purpose, ...] = ()

    @property
    def id(self) -> ItemId:
        """Its id, a social credit code that nobody has."""
        return ItemId("org", uscc.complete(f"91999999DEM{self.number:05d}"))

    @property
    def name_zh(self) -> str:
        """Its name in Chinese, marked as fictional."""
        return f"演示·{self.title_zh}（虚构）"

    @property
    def name_en(self) -> str:
        """Its name in English, marked as fictional."""
        return f"Demonstration {self.title_en} (fictional)"

    @property
    def place(self) -> Place:
        """Where it works."""
        return Place(district=self.district)

    @property
    def keys(self) -> tuple[Purpose, ...]:
        """The purposes of its keys: administration, office, and what it has beside."""
        return (Purpose.ADMIN, Purpose.OFFICE, *self.purposes)

    def lot(self, text: str) -> ItemId:
        """Return the id of one of its lots of material."""
        return ItemId.parse(f"lot:{self.id.value}:{text}")

    def local(self, text: str) -> ItemId:
        """Return an id of its own for an item that bears no code."""
        return ItemId.parse(f"local:{self.id.value}:{text}")

    def model(self, text: str) -> str:
        """Return the id of the first version of one of its models."""
        return f"{self.id}/{text}@1"


REGISTRAR: Final = Firm(1, "registrar", "登记机构", "Registrar", "110102", (Role.REGISTRAR,))
PACK_MAKER: Final = Firm(
    2, "pack-maker", "动力电池厂", "Pack Maker", "330109", (Role.MANUFACTURER,), (Purpose.LINE,)
)
VEHICLE_MAKER: Final = Firm(3, "vehicle-maker", "整车厂", "Vehicle Maker", "440307", (Role.VEHICLE_MAKER,))
DEALER: Final = Firm(
    4, "dealer", "经销维修店", "Dealer and Repairer", "440304", (Role.DEALER,), (Purpose.DEVICE,)
)
TAXI_FLEET: Final = Firm(5, "taxi-fleet", "出租车公司", "Taxi Fleet", "440305", (Role.FLEET_OPERATOR,))
COLLECTOR: Final = Firm(
    6,
    "collection-point",
    "回收服务网点",
    "Collection Point",
    "440306",
    (Role.COLLECTION_POINT,),
    (Purpose.DEVICE,),
)
DISMANTLER: Final = Firm(
    7, "elv-dismantler", "报废机动车拆解厂", "Vehicle Dismantler", "440311", (Role.ELV_DISMANTLER,)
)
SECOND_LIFE: Final = Firm(8, "second-life", "梯次利用企业", "Second Life", "330110", (Role.SECOND_LIFE,))
RECYCLER: Final = Firm(9, "recycler", "再生利用企业", "Recycler", "360702", (Role.RECYCLER,))
MATERIAL_MAKER: Final = Firm(
    10, "material-maker", "正极材料厂", "Cathode Material Maker", "430104", (Role.MATERIAL_MAKER,)
)
TEST_LAB: Final = Firm(11, "test-lab", "检测机构", "Test Lab", "310115", (Role.TEST_LAB,), (Purpose.RIG,))
AUDITOR: Final = Firm(12, "auditor", "审计机构", "Auditor", "110108", (Role.AUDITOR,))
TELECOM: Final = Firm(13, "telecom", "通信铁塔公司", "Telecom Tower Operator", "330106", (Role.ASSET_OWNER,))
CLOSED: Final = Firm(
    14, "closed-collector", "已停业回收点", "Closed Collector", "440303", (Role.COLLECTION_POINT,)
)
IMPORTER: Final = Firm(15, "importer", "动力电池进口商", "Importer", "310115", (Role.IMPORTER,))
SWAP_OPERATOR: Final = Firm(
    16, "swap-operator", "换电运营商", "Swap Operator", "340111", (Role.SWAP_OPERATOR,)
)
BANK: Final = Firm(17, "bank", "电池资产银行", "Battery Bank", "310101", (Role.ASSET_OWNER,))
INSURER: Final = Firm(18, "insurer", "财产保险公司", "Insurer", "440304", (Role.INSURER,))

FIRMS: Final = (
    REGISTRAR,
    PACK_MAKER,
    VEHICLE_MAKER,
    DEALER,
    TAXI_FLEET,
    COLLECTOR,
    DISMANTLER,
    SECOND_LIFE,
    RECYCLER,
    MATERIAL_MAKER,
    TEST_LAB,
    AUDITOR,
    TELECOM,
    CLOSED,
    IMPORTER,
    SWAP_OPERATOR,
    BANK,
    INSURER,
)
VENDOR_MAKER: Final = "ZZZ"
VENDOR_SECOND_LIFE: Final = "ZZY"
# Filed by nobody: what a firm abroad makes.
VENDOR_ABROAD: Final = "ZZX"
