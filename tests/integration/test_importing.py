"""`packtrace import` against a served ledger: a dry run writes nothing, a stopped one goes on."""

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from click.testing import CliRunner

from cli import main
from cli.importing import command, journal
from ledger.vocabulary import Purpose
from tests.consortium import MAKER, REGISTRAR, VEHICLE_MAKER, module, pack, vin
from tests.importer import Desk, modules
from tests.ledgers import opened
from tests.live import Live, serving
from tests.tables import KINDS, Rows, moment

PACKS, MODULES, LOADS, FITTED, WASTE = (KINDS[place] for place in (0, 2, 4, 6, 9))


@pytest.fixture
def live(database_url: str, tmp_path: Path) -> Iterator[Live]:
    """A ledger with its firms, served; audited at the end."""
    (tmp_path / "ledger").mkdir()
    with serving(database_url, tmp_path / "ledger") as found:
        opened(found.ledger)
        yield found


@pytest.fixture
def desk(live: Live, tmp_path: Path) -> Desk:
    """The maker's desk."""
    return Desk(live, tmp_path / "desk", MAKER)


def made(desk: Desk, count: int) -> None:
    """Have the maker log packs with their modules."""
    table = desk.put("packs.xlsx", PACKS.event, PACKS.header, PACKS.rows(count))
    assert desk.run(table, PACKS.event)["logged"] == count


def test_a_table_is_logged_row_by_row_and_once(desk: Desk) -> None:
    before = desk.live.ledger.size
    table = desk.put("modules.csv", MODULES.event, MODULES.header, modules(30))
    told = desk.run(table, MODULES.event)
    assert (told["result"], told["events"], told["logged"]) == ("done", 30, 30)
    assert desk.live.ledger.size == before + 30
    report = desk.report(table, MODULES.event)
    assert [(int(one["row"]), int(one["index"])) for one in report] == [
        (n + 2, before + n) for n in range(30)
    ]
    assert {one["result"] for one in report} == {"logged"}
    assert desk.run(table, MODULES.event, code=1)["detail"].endswith("[import.journal_exists]")
    assert desk.run(table, MODULES.event, "--resume")["logged"] == 30
    assert desk.live.ledger.size == before + 30


def test_a_dry_run_tells_what_only_the_ledger_knows_and_writes_nothing(desk: Desk) -> None:
    made(desk, 2)
    rows = PACKS.rows(12)[2:]
    header = PACKS.header
    rows[1][1] = MAKER.model("NOPE")
    rows[2][0] = pack(1).value
    rows[3][6] = module(1).value
    rows[4][0] = "ZZYPB01TEST000G610000001"
    rows[5][2] = "-1"
    rows[6][3] = "2026-02-30"
    rows[7][7] = 4_000
    table = desk.put("more.xlsx", PACKS.event, header, rows)
    files, size = desk.files(), desk.live.ledger.size
    told = desk.problems(table, PACKS.event)
    assert told == [
        (3, "B", "model.unknown"),
        (4, "A", "item.exists"),
        (5, "G", "lifecycle.phase"),
        (6, "A", "code.vendor"),
        (7, "C", "import.claim"),
        (8, "D", "import.day"),
        (9, "C", "balance.mass"),
    ]
    assert (desk.files(), desk.live.ledger.size) == (files, size)
    assert desk.run(table, PACKS.event, code=1)["result"] == "refused"
    assert (desk.files(), desk.live.ledger.size) == (files, size)


def test_nobody_acts_by_table_on_what_it_does_not_hold(desk: Desk, live: Live, tmp_path: Path) -> None:
    made(desk, 3)
    other = Desk(live, tmp_path / "other", VEHICLE_MAKER)
    table = other.put("waste.xlsx", WASTE.event, WASTE.header, WASTE.rows(4))
    assert other.problems(table, WASTE.event) == [
        *((row, "A", "custody.holder") for row in (2, 3, 4)),
        (5, "A", "prev.unknown"),
    ]


def test_rows_that_build_on_each_other_are_chained_and_only_causes_are_told(desk: Desk) -> None:
    made(desk, 2)
    header = ("电池编码", "阶段类别", "行政区划", "时间")
    rows: Rows = [[pack(1).value, "service", "330109", str(moment(60 * number))] for number in range(5)]
    rows.insert(2, [pack(7).value, "service", "330109", str(moment(0))])
    table = desk.put("repairs.csv", "item.repaired", header, rows)
    told = desk.problems(table, "item.repaired")
    assert told == [(4, "A", "prev.unknown")]
    table = desk.put(
        "repaired.csv", "item.repaired", header, [row for row in rows if row[0] == pack(1).value]
    )
    assert desk.run(table, "item.repaired")["logged"] == 5


def test_a_load_goes_from_hand_to_hand_by_tables(desk: Desk, live: Live, tmp_path: Path) -> None:
    made(desk, 80)
    offers = desk.put("offers.csv", LOADS.event, LOADS.header, LOADS.rows(80), group="consignment")
    assert desk.run(offers, LOADS.event)["events"] == 2
    taker = Desk(live, tmp_path / "taker", VEHICLE_MAKER)
    rows: Rows = [[row[0], row[1], "申报", "440307"] for row in LOADS.rows(80)]
    answers = taker.put(
        "answers.csv",
        "transfer.accepted",
        ("批次号", "电池编码", "质量依据", "行政区划"),
        rows,
        group="consignment",
    )
    assert taker.run(answers, "transfer.accepted")["logged"] == 2
    fitted = taker.put("fitted.xlsx", FITTED.event, FITTED.header, FITTED.rows(80), vehicle="new")
    assert taker.run(fitted, FITTED.event, "--dry-run")["result"] == "passed"
    size = live.ledger.size
    assert taker.run(fitted, FITTED.event)["logged"] == 80
    assert live.ledger.size == size + 80
    text = (taker.folder / "fitted.xlsx.pack.fitted.journal").read_text()
    assert oct((taker.folder / "fitted.xlsx.pack.fitted.journal").stat().st_mode)[-3:] == "600"
    assert vin(1).text not in text


def interrupted(*_: object, **__: object) -> NoReturn:
    """Stop as Ctrl-C does, before anything is sent."""
    raise KeyboardInterrupt


def test_an_item_that_moved_on_since_is_told_as_stale(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made(desk, 3)
    table = desk.put("waste.xlsx", WASTE.event, WASTE.header, WASTE.rows(3))
    with monkeypatch.context() as stopped:
        stopped.setattr(command, "send_all", interrupted)
        result = CliRunner().invoke(main, desk.command(table, WASTE.event))
    assert result.exit_code == 1
    assert {one["result"] for one in desk.report(table, WASTE.event)} == {"not sent"}
    between = desk.put(
        "repairs.csv",
        "item.repaired",
        ("电池编码", "阶段类别", "行政区划"),
        [[pack(2).value, "service", "330109"]],
    )
    assert desk.run(between, "item.repaired")["logged"] == 1
    told = desk.run(table, WASTE.event, "--resume", code=1)
    assert (told["logged"], [one["rows"] for one in told["failed"]]) == (2, [[3]])
    lines = desk.report(table, WASTE.event)
    assert [one["rule"] for one in lines] == ["", "prev.stale", ""]


def test_a_changed_table_mapping_or_journal_is_not_gone_on_with(desk: Desk) -> None:
    table = desk.put("modules.csv", MODULES.event, MODULES.header, modules(3))
    desk.run(table, MODULES.event, "--resume", code=1)
    desk.run(table, MODULES.event)
    path = journal.journal_path(table, MODULES.event)
    whole, rows = path.read_bytes(), table.read_bytes()
    table.write_bytes(rows + rows.splitlines(keepends=True)[-1])
    told = desk.run(table, MODULES.event, "--resume", code=1)
    assert (told["rule"], "the table changed" in told["detail"]) == ("import.journal_changed", True)
    table.write_bytes(rows)
    path.write_bytes(whole.replace(b'"rows":[3]', b'"rows":[4]'))
    assert "journal_damaged" in desk.run(table, MODULES.event, "--resume", code=1)["detail"]
    path.write_bytes(whole[:-9])
    assert desk.run(table, MODULES.event, "--resume")["logged"] == 3


def test_without_a_mapping_a_draft_is_written_for_people_to_look_at(desk: Desk) -> None:
    table = desk.put("modules.csv", MODULES.event, MODULES.header, modules(3))
    mapping = desk.folder / f"modules.csv.{MODULES.event}.toml"
    mapping.unlink()
    told = desk.run(table, MODULES.event, "--dry-run")
    assert (told["result"], told["events"]) == ("passed", 3)
    assert not mapping.exists()
    assert "import.draft" in desk.run(table, MODULES.event, code=1)["detail"]
    assert mapping.read_text() == told["mapping"]
    assert desk.run(table, MODULES.event)["logged"] == 3


def test_a_key_that_nobody_registered_signs_nothing(desk: Desk) -> None:
    table = desk.put("modules.csv", MODULES.event, MODULES.header, modules(1))
    desk.key.write_bytes(REGISTRAR.key(number=9).to_pem(None))
    assert "import.key_unknown" in desk.run(table, MODULES.event, code=1)["detail"]


def test_rows_about_the_signer_itself_are_chained_too(desk: Desk) -> None:
    header = ("站点", "名称", "地区", "类型")
    rows: Rows = [[f"S-{number}", f"虚构厂区{number}", "330109", "plant"] for number in range(3)]
    desk.key.write_bytes(MAKER.key(Purpose.ADMIN).to_pem(None))
    table = desk.put("sites.csv", "site.set", header, rows)
    assert desk.run(table, "site.set", "--dry-run")["result"] == "passed"
    assert desk.run(table, "site.set")["logged"] == 3


def test_people_are_told_the_same_in_their_language(desk: Desk) -> None:
    rows = modules(3)
    rows[1][2] = "-1"
    table = desk.put("modules.csv", MODULES.event, MODULES.header, rows)
    arguments = [one for one in desk.command(table, MODULES.event, "--dry-run") if one != "--json"]
    zh, en = (CliRunner().invoke(main, [*arguments, "--lang", lang]) for lang in ("zh", "en"))
    assert zh.exit_code == en.exit_code == 1
    assert zh.stdout.splitlines()[0].startswith("C3 重量(千克) “-1”: 本列不能填这个值：")
    assert en.stdout.splitlines()[0].startswith(
        "C3 重量(千克) “-1”: The value is not what this column may hold"
    )
    assert zh.stdout.splitlines()[-1] == "3 行，2 个事件，1 个问题；没有写入任何内容"
    assert en.stdout.splitlines()[-1] == "3 rows, 2 events, 1 problems; nothing was written"
    table = desk.put("good.csv", MODULES.event, MODULES.header, modules(3))
    arguments = [one for one in desk.command(table, MODULES.event) if one != "--json"]
    done = CliRunner().invoke(main, [*arguments, "--lang", "zh"])
    assert done.stdout.startswith("3 个事件中 3 个已在账本中")


def test_a_draft_that_leaves_questions_open_is_shown_in_a_dry_run(desk: Desk) -> None:
    header = (*MODULES.header, "备注")
    table = desk.put("modules.csv", MODULES.event, header, [[*row, "x"] for row in modules(3)])
    (desk.folder / f"modules.csv.{MODULES.event}.toml").unlink()
    files = desk.files()
    told = desk.run(table, MODULES.event, "--dry-run", code=1)
    assert (told["rule"], desk.files()) == ("import.draft", files)
    assert 'header = "备注"\nclaim = ""' in told["mapping"]
    arguments = [one for one in desk.command(table, MODULES.event, "--dry-run") if one != "--json"]
    shown = CliRunner().invoke(main, [*arguments, "--lang", "zh"])
    assert told["mapping"].splitlines()[-3] in shown.stdout
    assert "import.draft_shown" in shown.stderr


def test_a_command_called_wrongly_ends_with_two(desk: Desk) -> None:
    table = desk.put("modules.csv", MODULES.event, MODULES.header, modules(1))
    wrong = [("pack.eaten",), ("event.corrected",), (MODULES.event, "--dry-run", "--resume")]
    wrong += [(MODULES.event, "--iss", "org:1"), (MODULES.event, "--tries", "0")]
    for event, *options in wrong:
        assert CliRunner().invoke(main, desk.command(table, event, *options)).exit_code == 2
    other = desk.put("modules.csv", WASTE.event, WASTE.header, [])
    missing = [*desk.command(other, WASTE.event, "--mapping", str(desk.folder / "none.toml"))]
    assert CliRunner().invoke(main, missing).exit_code == 1
    mapping = str(desk.folder / f"modules.csv.{WASTE.event}.toml")
    told = desk.run(table, MODULES.event, "--mapping", mapping, code=1)
    assert told["rule"] == "import.mapping_event"


def test_who_signs_may_be_named(desk: Desk) -> None:
    table = desk.put("modules.csv", MODULES.event, MODULES.header, modules(2))
    told = desk.run(table, MODULES.event, "--iss", str(VEHICLE_MAKER.id), code=1)
    assert {one["rule"] for one in told["problems"]} == {"key.issuer"}
    assert desk.run(table, MODULES.event, "--iss", str(MAKER.id))["logged"] == 2
