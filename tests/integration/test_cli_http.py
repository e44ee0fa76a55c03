"""The commands that talk to a ledger, against a real server."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import zxingcpp
from click.testing import CliRunner, Result
from PIL import Image

from cli import main
from cli.demo.consortium import PACK_MAKER
from ledger.audit import Trust
from ledger.label import open_label
from ledger.label_url import LabelUrl
from ledger.receipt import Receipt, verify
from tests.demonstration import Demonstration, built, served
from tests.zpl import printed

pytestmark = pytest.mark.usefixtures("elsewhere")

TAXI = "ZZZPB01DEMO000DAL0000012"
RECYCLED = "ZZZPB01DEMO000C690000003"
SPLIT = "ZZZPB01DEMO000C2L0000001"
LAB = "org:91999999DEM000110R"
LABEL = ("label", SPLIT, "--hazard", "high_voltage", "--hazard", "heavy_lift", "-o", "label.png")
PRINTED_FOR = ("--base-url", "http://127.0.0.1:8000")
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """A small demonstration, served."""
    folder = tmp_path_factory.mktemp("live")
    with served(built(folder, f"sqlite:///{folder / 'ledger.db'}")) as demonstration:
        yield demonstration


def run(live: Demonstration | None, *arguments: str, code: int = 0) -> Result:
    """Run a command against the ledger; it must end with this exit code."""
    result = CliRunner().invoke(main, arguments, env={"PACKTRACE_URL": live.url if live else ""})
    assert result.exit_code == code, (result.output, result.exception)
    return result


def measurement(soh_permille: int = 871, **changes: object) -> str:
    """Return a readable event: the laboratory measures the taxi's pack."""
    event = {
        "event": "health.measured",
        "iss": LAB,
        "items": [TAXI],
        "data": {"place": {"district": "310115"}, "method": "capacity_test"},
        "restricted": {
            "quantity": "capacity_mah",
            "base": 100_000,
            "measured": soh_permille * 100,
            "soh_permille": soh_permille,
            "source": "bench",
        },
        **changes,
    }
    return json.dumps(event)


def signed(live: Demonstration, name: str, text: str, key: str = "test-lab") -> dict[str, Any]:
    """Sign a readable event into `<name>.sdjwt`."""
    Path(f"{name}.json").write_text(text)
    told: dict[str, Any] = json.loads(
        run(live, "sign", f"{name}.json", "--key", live.key(key), "-o", f"{name}.sdjwt", "--json").output
    )
    return told


def test_a_signed_event_is_logged_and_its_receipt_verifies(live: Demonstration) -> None:
    event_id = signed(live, "measured", measurement())["id"]
    assert "logged" in run(live, "submit", "measured.sdjwt").output
    receipt = Receipt.parse(Path("measured.receipt").read_text())
    trust = Trust.parse((live.folder / "trust.json").read_bytes())
    verify(receipt, [trust.vkey])
    told = run(
        live,
        *("verify", "measured.receipt", "--trust", str(live.folder / "trust.json")),
        *("--key", live.key("test-lab"), "--event", event_id),
    ).output
    assert event_id in told


def test_an_event_submitted_twice_is_logged_once(live: Demonstration) -> None:
    signed(live, "twice", measurement(872))
    first = json.loads(run(live, "submit", "twice.sdjwt", "--json").output)["results"][0]
    again = json.loads(run(live, "submit", "twice.sdjwt", "--json").output)["results"][0]
    assert (first["result"], again["result"]) == ("logged", "duplicate")
    assert first["index"] == again["index"]


def test_a_dry_run_keeps_nothing(live: Demonstration) -> None:
    signed(live, "dry", measurement(873))
    assert "would be logged" in run(live, "submit", "dry.sdjwt", "--dry-run").output
    assert not Path("dry.receipt").exists()
    assert json.loads(run(live, "submit", "dry.sdjwt", "--json").output)["results"][0]["result"] == "logged"


def test_many_events_in_one_file_each_get_their_receipt(live: Demonstration) -> None:
    texts = [signed(live, "one", measurement(soh))["sd_jwt"] for soh in (860, 859, 858)]
    Path("many.ndjson").write_text("".join(json.dumps(text) + "\n" for text in texts[:2]) + texts[2] + "\n")
    told = json.loads(run(live, "submit", "many.ndjson", "-o", "receipts", "--atomic", "--json").output)
    assert [one["result"] for one in told["results"]] == ["logged"] * 3
    assert len(list(Path("receipts").glob("*.receipt"))) == 3


def test_a_refused_event_says_rule_and_remedy_in_the_language_asked_for(live: Demonstration) -> None:
    signed(
        live, "wrong", measurement(iss="org:91999999DEM0000306", data={**json.loads(measurement())["data"]})
    )
    english = run(live, "submit", "wrong.sdjwt", code=1).stderr
    chinese = run(live, "--lang", "zh", "submit", "wrong.sdjwt", code=1).stderr
    assert "[key.issuer]" in english
    assert "[key.issuer]" in chinese
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese)


def test_an_ended_pack_takes_no_act(live: Demonstration) -> None:
    retired = {
        "event": "item.retired",
        "iss": "org:91999999DEM00009X6",
        "items": [RECYCLED],
        "data": {"place": {"district": "360702"}, "reason": "damage"},
    }
    signed(live, "ended", json.dumps(retired), "recycler")
    told = json.loads(run(live, "submit", "ended.sdjwt", "--json", code=1).stdout)
    assert told["result"] == "refused"
    assert told["results"][0]["problem"]["rule"] == "lifecycle.ended"


def test_what_is_left_out_of_a_registry_event_is_filled_in(live: Demonstration) -> None:
    run(live, "keygen", "-o", "rig2.pem", "--no-passphrase")
    jwk = json.loads(run(live, "keygen", "-o", "rig3.pem", "--no-passphrase", "--json").output)["jwk"]
    added = {"event": "key.added", "iss": LAB, "items": [LAB], "data": {"jwk": jwk, "purpose": "rig"}}
    signed(live, "added", json.dumps(added), "test-lab-admin")
    run(live, "submit", "added.sdjwt")
    filed = {
        "event": "coding.filed",
        "iss": "org:91999999DEM000022B",
        "data": {"vendor": "ZZX", "specs": [{"spec": "02", "chemistry": "lfp"}]},
    }
    signed(live, "filed", json.dumps(filed), "pack-maker")
    run(live, "submit", "filed.sdjwt")


def test_a_new_item_has_no_tip(live: Demonstration) -> None:
    lot = "lot:91999999DEM00009X6:NEW-1"
    declared = {
        "event": "lot.declared",
        "iss": "org:91999999DEM00009X6",
        "items": [lot],
        "data": {"place": {"district": "360702"}, "material": "copper", "mass_g": 1, "origin": "unknown"},
    }
    signed(live, "lot", json.dumps(declared), "recycler")
    run(live, "submit", "lot.sdjwt")
    assert "material\tcopper" in run(live, "show", lot).output


def test_a_correction_takes_its_items_from_the_event_it_corrects(live: Demonstration) -> None:
    event_id = signed(live, "typo", measurement(857))["id"]
    run(live, "submit", "typo.sdjwt")
    corrected = {
        "event": "event.corrected",
        "iss": LAB,
        "data": {
            "place": {"district": "310115"},
            "event": event_id,
            "ground": "typing_error",
            "claims": {"method": "partial_cycle"},
        },
    }
    signed(live, "corrected", json.dumps(corrected))
    run(live, "submit", "corrected.sdjwt")


def test_an_item_is_shown_with_its_history(live: Demonstration) -> None:
    told = run(live, "show", SPLIT.lower()).output
    assert f"gbt34014:{SPLIT}" in told
    assert "Demonstration Second Life (fictional)" in told
    assert "Taken apart" in told
    chinese = run(live, "show", SPLIT, "--lang", "zh").output
    assert "演示·梯次利用企业（虚构）" in chinese


def test_a_compromised_key_is_marked(live: Demonstration) -> None:
    told = run(live, "show", "ZZZPB01DEMO000C9E0000004").output
    assert "key compromised" in told


def test_an_organisation_is_shown(live: Demonstration) -> None:
    told = run(live, "show", LAB).output
    assert "Demonstration Test Lab (fictional)" in told
    assert "suspended" in run(live, "show", "org:91999999DEM000145C").output


def test_findings_are_listed_and_those_of_the_door_for_who_has_a_right(live: Demonstration) -> None:
    assert "vehicle.pack_missing" in run(live, "findings").output
    assert "待处理" in run(live, "findings", "--state", "open", "--lang", "zh").output
    assert run(live, "findings", "--rule", "report.counts", "--severity", "notice").output == "none\n"
    first = run(live, "findings", "--limit", "1", "--json")
    assert json.loads(first.output)["whole"] is False
    assert "there are more" in run(live, "findings", "--limit", "1").stderr
    signed(live, "better", measurement(999))
    run(live, "submit", "better.sdjwt")
    arguments = ("findings", "--rule", "health.rising", "--item", TAXI, *PRINTED_FOR)
    assert run(live, *arguments).output == "none\n"
    assert "noted" in run(live, *arguments, "--key", live.key("test-lab")).output


def test_an_item_is_shown_for_programs(live: Demonstration) -> None:
    told = json.loads(run(live, "show", SPLIT, "--json").output)
    assert told["item"]["state"]["phase"] == "ended"
    assert told["events"][0]["event"] == "pack.manufactured"


def test_a_firm_sees_what_it_concealed(live: Demonstration) -> None:
    arguments = ("show", SPLIT, "--base-url", live.settings.base_url)
    assert "soh_permille" in run(live, *arguments, "--key", live.key("test-lab")).output
    assert "soh_permille" not in run(live, *arguments, "--key", live.key("recycler")).output
    assert "token" in run(live, "show", SPLIT, "--key", live.key("test-lab"), code=1).stderr
    run(live, "keygen", "-o", "stranger.pem", "--no-passphrase")
    assert "does not know the key" in run(live, *arguments, "--key", "stranger.pem", code=1).stderr


def test_a_receipt_and_the_keys_are_saved_for_offline_verification(live: Demonstration) -> None:
    run(live, "show", SPLIT, "--receipt", "r.txt", "--keys", "k.json")
    trust = str(live.folder / "trust.json")
    assert run(None, "verify", "r.txt", "--trust", trust, "--key", "k.json").exit_code == 0
    damaged, count = re.subn(r"(?m)^index \d+$", "index 0", Path("r.txt").read_text())
    assert count == 1
    Path("r.txt").write_text(damaged)
    run(None, "verify", "r.txt", "--trust", trust, "--key", "k.json", code=1)


@pytest.mark.parametrize("item", ["ZZZPB01DEMO000C2L0009999", "org:91350900587527783P", "hello"])
def test_an_unknown_item_is_not_shown(live: Demonstration, item: str) -> None:
    assert run(live, "show", item, code=1).stderr.startswith("Error: ")


def test_a_label_takes_its_facts_from_the_ledger(live: Demonstration) -> None:
    arguments = ("label", SPLIT, "--key", live.key("pack-maker-line"), "-o", "label.svg", "--json")
    told = json.loads(run(live, *arguments, *PRINTED_FOR).output)
    assert told["url"].startswith(f"HTTP://127.0.0.1:8000/P/{SPLIT}/")
    url = LabelUrl.parse(told["url"])
    bundle = run(live, "show", SPLIT, "--keys", "keys.json")
    assert bundle.exit_code == 0
    assert Path("label.svg").read_text().startswith("<svg")
    with pytest.raises(Exception, match="no key"):
        open_label(told["token"], url.prefix, [])


def test_a_printed_label_is_read_by_a_scanner_and_its_page_says_that_it_is_genuine(
    live: Demonstration,
) -> None:
    drawn = run(live, *LABEL, *PRINTED_FOR, "--key", live.key("pack-maker-line"))
    assert "the ledger names exactly this label" in drawn.output
    with Image.open("label.png") as picture:
        scanned, code = sorted(zxingcpp.read_barcodes(picture), key=lambda one: -len(one.text))
    assert code.text == SPLIT
    address = live.url + scanned.text[scanned.text.index("/P/") :]
    assert "This label is genuine" in requests.get(address, headers=ENGLISH, timeout=10).text
    changed = address[:-5] + ("A" if address[-5] != "A" else "B") + address[-4:]
    assert "This label does not match" in requests.get(changed, headers=ENGLISH, timeout=10).text


def test_a_label_warns_of_what_its_model_was_declared_with(live: Demonstration) -> None:
    drawn = run(live, *LABEL[:2], *LABEL[-2:], *PRINTED_FOR, "--key", live.key("pack-maker-line"))
    assert "the ledger names exactly this label" in drawn.output


def test_a_print_is_checked_by_the_ledgers_word_and_by_its_keys(live: Demonstration) -> None:
    run(live, *LABEL, *PRINTED_FOR, "--key", live.key("pack-maker-line"))
    told = run(live, "label", "--check", "label.png").output
    assert "number 1, the one that the ledger names" in told
    run(live, "show", SPLIT, "--keys", "keys.json")
    assert f" of {PACK_MAKER.id}" in run(live, "label", "--check", "label.png", "--key", "keys.json").output
    run(live, *LABEL, *PRINTED_FOR, "--number", "2", "--key", live.key("pack-maker-line"))
    second = run(live, "label", "--check", "label.png", code=1).output
    assert "number 2, and the ledger names number 1" in second
    assert "[replaced]" in second


def test_labels_of_several_items_name_their_maker_and_come_one_by_one_from_a_thermal_printer(
    live: Demonstration,
) -> None:
    arguments = (*LABEL[:2], TAXI, *LABEL[2:-1])
    run(live, *arguments, "labels.svg", "--sheet", "a4", "--key", live.key("pack-maker-line"))
    assert PACK_MAKER.name_zh in Path("labels.svg").read_text()
    run(live, *arguments, "labels.zpl", "--sheet", "70x40", "--key", live.key("pack-maker-line"))
    first, second = printed(Path("labels.zpl").read_text())
    assert SPLIT in {one.text for one in zxingcpp.read_barcodes(first)}
    assert TAXI in {one.text for one in zxingcpp.read_barcodes(second)}


def test_a_label_that_the_ledger_does_not_name_is_printed_with_a_warning(live: Demonstration) -> None:
    arguments = (*LABEL, "--number", "2", "--key", live.key("pack-maker-line"))
    assert "another label" in run(live, *arguments).stderr
    assert json.loads(run(live, *arguments, "--json").output)["named_by_ledger"] is False


def test_a_label_of_an_item_without_a_model_needs_its_facts_told(live: Demonstration) -> None:
    arguments = ("label", "001CB240000003B3C0221953", "--key", live.key("pack-maker-line"), "-o", "l.png")
    assert "--chemistry" in run(live, *arguments, code=1).stderr


def test_a_label_that_was_taken_out_of_use_is_not_signed_again(live: Demonstration) -> None:
    void = {
        "event": "label.voided",
        "iss": str(PACK_MAKER.id),
        "items": [RECYCLED],
        "data": {"number": 1, "why": "stolen", "place": {"district": "330110"}},
    }
    Path("void.json").write_text(json.dumps(void))
    run(live, "sign", "void.json", "--key", live.key("pack-maker"), "-o", "void.jwt")
    run(live, "submit", "void.jwt")
    arguments = ("label", RECYCLED, *LABEL[2:], *PRINTED_FOR, "--key", live.key("pack-maker-line"))
    assert "--number 2" in run(live, *arguments, code=1).stderr
    run(live, *arguments, "--number", "2")


def test_the_whole_ledger_is_audited(live: Demonstration) -> None:
    told = run(live, "audit", live.url, "--trust", str(live.folder / "trust.json")).output
    assert "verified" in told
