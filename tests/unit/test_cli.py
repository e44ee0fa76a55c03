"""The commands that need no ledger, and how every command fails: one sentence, no traceback."""

import json
import stat
from collections.abc import Sequence
from pathlib import Path

import click
import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import pytest
import zxingcpp
from click.testing import CliRunner, Result

from cli import COMMANDS, main
from cli.key import KidCommand
from cli.settings import DEMO, LOG_KEY, Settings
from crypto.keys import Algorithm, PrivateKey, Verifier
from ledger.label import open_label
from ledger.label_url import LabelUrl
from ledger.printing.typeface import own_typeface

LIFE = "ZZZPB01DEMO000C2L0000001"
SECOND = "ZZZPB01DEMO000C2L0000002"
NOWHERE = "http://127.0.0.1:9"


pytestmark = pytest.mark.usefixtures("elsewhere")


def run(*arguments: str, text: str | None = None) -> Result:
    """Run a command that must neither crash nor print a traceback."""
    result = CliRunner().invoke(main, arguments, input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def failure(*arguments: str, code: int = 1, text: str | None = None) -> str:
    """Return what a command that must fail says."""
    result = run(*arguments, text=text)
    assert result.exit_code == code, result.output
    return result.stderr


def key_file(folder: Path, name: str = "key.pem", *, password: bytes | None = None) -> Path:
    path = folder / name
    path.write_bytes(PrivateKey.from_seed(bytes(32)).to_pem(password))
    return path


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_explains_itself(command: Sequence[str], option: str) -> None:
    result = run(*command, option)
    assert result.exit_code == 0
    assert "Usage:" in result.output
    assert len(result.output.splitlines()) > 5


def test_the_version_is_told() -> None:
    assert run("--version").output.startswith("packtrace")


@pytest.mark.parametrize(
    "arguments", [["fly"], ["code"], ["keygen"], ["show"], ["submit"], ["serve", "--port", "0"]]
)
def test_a_wrong_call_exits_with_2(arguments: list[str]) -> None:
    assert "Usage:" in failure(*arguments, code=2)


def test_a_code_is_explained_part_by_part() -> None:
    told = run("code", LIFE).output
    assert f"gbt34014:{LIFE}" in told
    assert "lithium iron phosphate" in told
    assert "2022" in told


def test_a_code_is_explained_in_chinese() -> None:
    assert "磷酸铁锂电池" in run("code", LIFE, "--lang", "zh").output
    assert "磷酸铁锂电池" in run("--lang", "zh", "code", LIFE).output


def test_the_environment_chooses_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "生产年份" in run("code", LIFE).output
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert "year of production" in run("code", LIFE).output


def test_a_split_code_in_the_wrong_order_is_put_right() -> None:
    told = run("code", "jbc4000090304qcb76836300").output
    assert "04QCB76836300JBC40000903" in told
    assert "order" in told


def test_a_link_is_looked_up_as_an_alias() -> None:
    assert "alias" in run("code", "https://example.com/x/1").output


def test_a_code_is_explained_for_programs() -> None:
    told = json.loads(run("code", LIFE, "--json").output)
    assert told["items"][0]["id"] == f"gbt34014:{LIFE}"
    assert told["items"][0]["parts"][3]["field"] == "spec"


def test_a_wrong_code_names_the_part_that_is_wrong() -> None:
    assert "such day" in failure("code", "ZZZPB010000000G2Y0000001")
    told = json.loads(run("code", "A765101015", "--json").stdout)
    assert told["result"] == "failed"
    assert told["parts"][0]["field"] == "length"


@pytest.mark.parametrize("text", ["", "§", "x" * 5_000, "http://", "vehicle:1"])
def test_a_scan_that_names_nothing_is_refused(text: str) -> None:
    assert "Error: not recognised" in failure("code", text)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_new_key_is_encrypted_and_its_owners_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, algorithm: Algorithm
) -> None:
    monkeypatch.setenv("PACKTRACE_KEY_PASSPHRASE", "open sesame")
    told = json.loads(run("keygen", "-o", "new/key.pem", "--alg", algorithm.value, "--json").output)
    path = tmp_path / "new" / "key.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = PrivateKey.from_pem(path.read_bytes(), b"open sesame")
    assert told["kid"] == key.verifier.thumbprint()
    assert Verifier.from_jwk(told["jwk"]) == key.verifier


def test_a_key_in_the_clear_must_be_asked_for(tmp_path: Path) -> None:
    assert "--no-passphrase" in failure("keygen", "-o", "key.pem")
    assert not (tmp_path / "key.pem").exists()
    told = run("keygen", "-o", "key.pem", "--no-passphrase").output
    key = PrivateKey.from_pem((tmp_path / "key.pem").read_bytes(), None)
    assert f"kid {key.verifier.thumbprint()}" in told


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    path = key_file(tmp_path)
    before = path.read_bytes()
    assert "exists" in failure("keygen", "-o", "key.pem", "--no-passphrase")
    assert path.read_bytes() == before


def test_a_key_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot write" in failure("keygen", "-o", "file/key.pem", "--no-passphrase")


def unsigned(**changes: object) -> str:
    event: dict[str, object] = {
        "event": "item.retired",
        "iss": "org:91999999DEM000022B",
        "at": "2026-11-01T08:00:00+08:00",
        "prev": {LIFE: "A" * 43},
        "data": {"place": {"district": "330109"}, "reason": "damage"},
    }
    return json.dumps({name: value for name, value in {**event, **changes}.items() if value is not ...})


def test_a_readable_event_is_signed(tmp_path: Path) -> None:
    key_file(tmp_path)
    Path("event.json").write_text(unsigned())
    told = json.loads(run("sign", "event.json", "--key", "key.pem", "-o", "event.sdjwt", "--json").output)
    assert Path("event.sdjwt").read_text() == told["sd_jwt"] + "\n"
    assert len(told["id"]) == 43
    assert run("sign", "event.json", "--key", "key.pem").output.endswith("~\n")


def test_an_event_is_signed_from_standard_input(tmp_path: Path) -> None:
    key_file(tmp_path)
    assert run("sign", "-", "--key", "key.pem", text=unsigned()).output.count(".") == 2


def test_an_encrypted_key_takes_its_pass_phrase_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_file(tmp_path, password=b"right")
    assert "PACKTRACE_KEY_PASSPHRASE" in failure("sign", "-", "--key", "key.pem", text=unsigned())
    monkeypatch.setenv("PACKTRACE_KEY_PASSPHRASE", "wrong")
    assert "wrong pass phrase" in failure("sign", "-", "--key", "key.pem", text=unsigned())
    monkeypatch.setenv("PACKTRACE_KEY_PASSPHRASE", "right")
    assert run("sign", "-", "--key", "key.pem", text=unsigned()).exit_code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[]", "must be an object"),
        ("{}", "event: is missing"),
        (unsigned(color="red"), "color: no such member"),
        (unsigned(event="pack.painted"), "event: must be one of"),
        (unsigned(iss="org:1"), "iss"),
        (unsigned(at="yesterday"), "at"),
        (unsigned(aud=5), "aud: must be a text"),
        (unsigned(iat=True), "iat: must be an integer"),
        (unsigned(data=...), "data: is missing"),
        (unsigned(data={}), "data.reason: is missing"),
        (unsigned(data={"reason": "boredom"}), "data.reason"),
        (unsigned(items="x"), "items: must be a list"),
        (unsigned(items=["x"]), "items[0]"),
        (unsigned(prev=[]), "prev: must be an object"),
        (unsigned(prev={"x": None}), "prev.x"),
        (unsigned(prev={LIFE: 5}), "must be a text"),
        (unsigned(prev=...), "prev is missing"),
        (unsigned(restricted=[]), "restricted: must be an object"),
        (unsigned(restricted={"vin": "x"}), "restricted.vin: must be one of none"),
        (
            unsigned(event="health.measured", data={"method": "bms_reading"}),
            "restricted.quantity: is missing",
        ),
        (
            unsigned(event="health.measured", data={"method": "bms_reading"}, restricted={"cycles": -1}),
            "restricted.cycles",
        ),
        (unsigned(jti="1"), "[format.envelope]"),
        (unsigned(prev={}), "[prev.items]"),
    ],
)
def test_an_event_that_cannot_be_signed_says_where_it_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    key_file(tmp_path)
    assert said in failure("sign", "-", "--key", "key.pem", text=text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    key_file(tmp_path)
    assert "nothing.json" in failure("sign", "nothing.json", "--key", "key.pem")
    assert "none.pem" in failure("sign", "-", "--key", "none.pem", text=unsigned())
    assert "nothing.sdjwt" in failure("submit", "nothing.sdjwt")


def test_a_file_that_is_no_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("hello")
    assert "no private key" in failure("sign", "-", "--key", "key.pem", text=unsigned())


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_bytes(b"\xff\xfe")
    key_file(tmp_path)
    assert "UTF-8" in failure("sign", "event.json", "--key", "key.pem")


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", LIFE, "--url", NOWHERE),
        ("submit", "event.sdjwt", "--url", NOWHERE, "--tries", "1"),
        ("sign", "event.json", "--key", "key.pem", "--url", NOWHERE),
        ("label", LIFE, "--key", "key.pem", "-o", "label.svg", "--url", NOWHERE),
    ],
)
def test_a_server_that_cannot_be_reached_is_said_in_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    key_file(tmp_path)
    Path("event.json").write_text(unsigned(aud=...))
    Path("event.sdjwt").write_text("a.b.c~")
    assert f"cannot reach {NOWHERE}" in failure(*arguments)


@pytest.mark.parametrize(
    ("text", "said"), [("\n", "has no event"), ('{"a":1}', "no signed event"), ('"', "not JSON")]
)
def test_a_file_without_signed_events_is_refused(text: str, said: str) -> None:
    Path("events").write_text(text)
    assert said in failure("submit", "events")


def test_an_atomic_request_has_its_limit() -> None:
    Path("events").write_text("a.b.c~\n" * 1_001)
    assert "1000" in failure("submit", "events", "--atomic", code=2)


FACTS = ("--chemistry", "lfp", "--mass-g", "360000", "--voltage-mv", "409600", "--energy-wh", "40960")


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "zpl"])
def test_a_label_of_a_pack_not_logged_yet_is_signed_and_drawn(tmp_path: Path, suffix: str) -> None:
    key = PrivateKey.from_pem(key_file(tmp_path).read_bytes(), None)
    out = f"label.{suffix}"
    told = json.loads(
        run("label", LIFE, "--key", "key.pem", "-o", out, "--json", *FACTS, "--hazard", "high_voltage").output
    )
    url = LabelUrl.parse(told["url"])
    facts, _ = open_label(told["token"], url.prefix, [key.verifier])
    assert facts.mass_g == 360_000
    assert facts.manufactured_on.isoformat() == "2022-02-20"
    assert (tmp_path / out).stat().st_size > 500
    assert "sha256" in run("label", LIFE, "--key", "key.pem", "-o", out, *FACTS).output


def test_several_labels_come_on_one_sheet_in_the_name_that_is_told(tmp_path: Path) -> None:
    key_file(tmp_path)
    own = ("--maker", "Nobody & Sons", "--font", str(own_typeface().path))
    arguments = ("label", LIFE, SECOND, "--key", "key.pem", "-o", "labels.pdf", "--sheet", "a4", *FACTS, *own)
    told = json.loads(run(*arguments, "--json").output)
    assert [one["item"] for one in told["labels"]] == [f"gbt34014:{LIFE}", f"gbt34014:{SECOND}"]
    sheet = pypdfium2.PdfDocument(tmp_path / "labels.pdf")[0]
    assert "Nobody & Sons" in sheet.get_textpage().get_text_bounded()
    read = {one.text for one in zxingcpp.read_barcodes(sheet.render(scale=300 / 72).to_pil())}
    assert read == {LIFE, SECOND, *(one["url"] for one in told["labels"])}
    assert "wrote labels" in run(*arguments).output


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_the_qr_code_alone_is_a_sheet_of_its_own(tmp_path: Path, suffix: str) -> None:
    key_file(tmp_path)
    run("label", LIFE, "--key", "key.pem", "-o", f"qr.{suffix}", "--sheet", "qr", *FACTS)
    assert (tmp_path / f"qr.{suffix}").stat().st_size < 30_000


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((LIFE, "-o", "label.txt", *FACTS), 2),
        ((LIFE, "-o", "label.zpl", "--sheet", "qr", *FACTS), 2),
        ((LIFE, LIFE, "-o", "label.svg", "--sheet", "qr", *FACTS), 2),
        ((LIFE, LIFE, "-o", "label.png", *FACTS), 1),
        ((LIFE, "-o", "label.zpl", "--sheet", "a4", *FACTS), 1),
        ((LIFE, "-o", "label.pdf", "--font", "key.pem", *FACTS), 1),
        ((LIFE, "-o", "label.svg", "--base-url", "ftp://x", *FACTS), 1),
        (("hello", "-o", "label.svg", *FACTS), 1),
        ((LIFE, "-o", "label.svg", "--number", "0", *FACTS), 2),
        (("gbt45565:1", "-o", "label.svg", *FACTS), 1),
    ],
)
def test_a_label_that_cannot_be_made_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    key_file(tmp_path)
    assert failure("label", "--key", "key.pem", *arguments, code=code)


def test_the_default_origin_is_kept_for_demonstrations(tmp_path: Path) -> None:
    key_file(tmp_path)
    arguments = ("--registrar", "org:91999999DEM000014G", "--name", "登记", "--key", "key.pem")
    told = failure("init", "--origin", "localhost/packtrace", *arguments, "--recovery", "key.pem")
    assert "is for demonstrations" in told
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("registrar", ["91999999DEM000014X", "vehicle:1", "lot:1"])
def test_a_registrar_must_be_an_organisation(tmp_path: Path, registrar: str) -> None:
    key_file(tmp_path)
    arguments = ("--origin", "log.example/p", "--name", "x", "--key", "key.pem", "--recovery", "key.pem")
    assert "--registrar" in failure("init", "--registrar", registrar, *arguments, code=2)


@pytest.mark.parametrize("command", ["vkey", "serve", "trust", "rebuild"])
def test_a_command_without_its_ledger_says_what_to_do_first(command: str) -> None:
    told = failure(command, *(["--port", "48123"] if command == "serve" else []))
    assert told.startswith("Error: ")
    assert len(told.splitlines()) == 1


def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DEMO, "perhaps")
    assert DEMO in failure("vkey")
    monkeypatch.delenv(DEMO)
    monkeypatch.setenv("PACKTRACE_DATABASE_URL", "mysql://x/y")
    assert "neither sqlite nor postgresql" in failure("trust")


def test_settings_are_read_from_a_file_and_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PACKTRACE_ORIGIN=log.example/a\nPACKTRACE_DEMO=1\n")
    monkeypatch.setenv("PACKTRACE_ORIGIN", "log.example/b")
    settings = Settings.read()
    assert (settings.origin, settings.demo, settings.sqlite) == ("log.example/b", True, True)
    assert settings.environment()[LOG_KEY] == "var/log.pem"


def test_workers_need_a_database_that_takes_them() -> None:
    assert "PostgreSQL" in failure("serve", "--workers", "2", code=2)


def test_a_failure_for_programs_is_one_object() -> None:
    told = json.loads(run("show", "???", "--json").stdout)
    assert told["result"] == "failed"


def test_a_thumbprint_that_begins_with_a_hyphen_is_no_option() -> None:
    for name in ("revoke", "confirm"):
        found = KidCommand(
            name, params=[click.Argument(["kid"]), click.Option(["--first"]), click.Option(["-o"])]
        )
        context = found.make_context(name, ["-O7ubJmpXQbbDpGmoET", "--first", "1", "-o", "receipt.txt"])
        assert context.params == {"kid": "=-O7ubJmpXQbbDpGmoET", "first": "1", "o": "receipt.txt"}
