"""A pack leaves the line."""

from tests.clients import plain, plain_label
from tests.stories.goods import Cells, Claim, code
from tests.stories.stage import Stage


def test_a_pack_of_8_modules_of_24_cells_is_reworked_after_its_label(stage: Stage) -> None:
    maker = stage.enrols("Pack Maker", "manufacturer", vendor="ZZZ")
    carmaker = stage.enrols("Car Maker", "vehicle_maker")
    public = stage.public
    maker.adds_key("line")
    pack, other, spare = maker.pack(1), maker.pack(2), maker.module(9)
    modules = [maker.module(n) for n in range(1, 9)]
    cells = Cells({maker.module(n): [maker.cell(100 * n + m) for m in range(24)] for n in range(1, 20)})

    # The line tells what it built and prints the label. It cannot sell a module twice, nor hide a cell.
    label, token = maker.label(pack, 1)
    secret = cells.disclosed(modules)
    secret["codes"][modules[0]][0] = code(maker.cell(9_999))
    maker.denied("cells.root").makes(
        pack, *modules, cells=cells, concealed={"cell_codes": secret}, key="line", label=label
    )
    maker.makes(pack, *modules, cells=cells, key="line", label=label)
    maker.denied("lifecycle.phase").makes(other, modules[0], maker.module(11), cells=cells, key="line")
    maker.makes(other, maker.module(11), cells=cells, key="line")
    public.knows(pack, phase="stock", custodian=maker, parts=8, label_number=1)
    assert "This label is genuine" in public.page(pack, token=token)

    # End of line: module 3 fails its test. A spare from stock goes in; a line key repairs in production only.
    maker.makes_module(spare, cells, key="line")
    swap: Claim = {"out": [modules[2]], "in_": [spare], "opened": True}
    maker.refused("key.purpose", "item.repaired", pack, key="line", stage="service", **swap)
    robbed = {"out": [modules[2]], "in_": [maker.module(11)]}
    maker.refused("lifecycle.phase", "item.repaired", pack, key="line", stage="production", **robbed)
    maker.states("item.repaired", pack, key="line", stage="production", **swap)
    assert public.parts(pack) == {*modules, spare} - {modules[2]}
    maker.states("item.retired", modules[2], reason="production_scrap")

    # The rework voids the label; who still reads the old one is told so.
    label, new_token = maker.label(pack, 2)
    maker.refused("label.voided", "label.replaced", pack, key="line", label=label, voided=3)
    maker.states(
        "label.replaced", pack, key="line", label=label, voided=1, concealed={"label_token": new_token}
    )
    assert "Not the label this battery wears" in public.page(pack, token=token)
    assert "This label is genuine" in public.page(pack, token=new_token)
    assert "This label does not match" in public.page(other, token=new_token)

    # Which cells are in it the maker alone can read, and prove against what is public.
    made = public.events(pack)[0]
    assert carmaker.secrets(made["id"]) == {}
    told = maker.secrets(made["id"])["cell_codes"]
    of_the_first = plain_label.cells_root(plain.unb64url(told["key"]), told["codes"][modules[0]])
    assert plain.b64url(of_the_first) == public.view(modules[0])["state"]["cells_root"]

    # Sold, it is out of the maker's reach.
    maker.hands_over(carmaker, pack)
    maker.refused("custody.holder", "item.repaired", pack, key="line", stage="production", out=[spare])
    public.knows(pack, custodian=carmaker, owner=carmaker, status="original", mass_g=400_000)
    public.knows(modules[2], phase="retired", status="waste", inside=[])
    public.sees(pack, "It is in stock with Car Maker", "Label replaced", zh="库存")
    stage.auditor.audits()
