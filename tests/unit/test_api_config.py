"""Settings: a bad value stops the start with its name and what is allowed."""

from pathlib import Path

import pytest

from api.config import Config, ConfigError
from api.service import open_service
from ledger.logkey import LogKeyError, make_log_key, read_log_key
from ledger.printing.typeface import own_typeface
from tests.fakes import FakeClock
from tests.scenario import ORIGIN
from tests.site import NOW_MS, Site


def test_without_settings_the_defaults_of_the_interface_hold() -> None:
    config = Config.from_env({}, None)
    assert config == Config()
    assert config.database_url == "sqlite:///var/packtrace.db"
    assert config.origin == "localhost/packtrace"


def test_the_environment_goes_before_the_dotenv_file(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("PACKTRACE_ORIGIN=file.example/log\nPACKTRACE_DEMO=1\n")
    config = Config.from_env({"PACKTRACE_ORIGIN": "environ.example/log"}, dotenv)
    assert config.origin == "environ.example/log"
    assert config.demo


def test_every_setting_is_read(tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.write_text("quorum none\n")
    config = Config.from_env(
        {
            "PACKTRACE_DATABASE_URL": "postgresql://reader@db.example/packtrace",
            "PACKTRACE_ORIGIN": "packs.example/log",
            "PACKTRACE_LOG_KEY": str(tmp_path / "log.pem"),
            "PACKTRACE_BASE_URL": "https://packs.example/",
            "PACKTRACE_WITNESS_POLICY": str(policy),
            "PACKTRACE_DEMO": "0",
            "PACKTRACE_LABEL_FONT": str(own_typeface().path),
        },
        None,
    )
    assert config.base_url == "https://packs.example"
    assert config.witness_policy == policy
    assert config.label_font == own_typeface().path
    assert not config.demo


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "postgresql"),
        ("ORIGIN", "https://packs.example"),
        ("ORIGIN", "packs.example/"),
        ("ORIGIN", "x" * 201),
        ("LOG_KEY", "/"),
        ("BASE_URL", "packs.example"),
        ("BASE_URL", "https://packs.example/path"),
        ("WITNESS_POLICY", "/no/such/policy"),
        ("DEMO", "yes"),
        ("LABEL_FONT", "/no/such/font.ttf"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config.from_env({f"PACKTRACE_{name}": value}, None)
    assert caught.value.name == f"PACKTRACE_{name}"
    assert str(caught.value) == f"PACKTRACE_{name} must be {caught.value.allowed}"
    assert f"{value} " not in f"{caught.value.allowed} " or len(value) == 1


def test_the_log_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "log.pem"
    made = make_log_key(path, ORIGIN)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_log_key(path, ORIGIN).verifier_key == made.verifier_key
    with pytest.raises(LogKeyError, match="cannot be made"):
        make_log_key(path, ORIGIN)


def test_a_file_that_is_no_log_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.pem"
    with pytest.raises(LogKeyError, match="cannot be read"):
        read_log_key(path, ORIGIN)
    path.write_text("no key")
    with pytest.raises(LogKeyError, match="PKCS"):
        read_log_key(path, ORIGIN)
    path.unlink()
    with pytest.raises(LogKeyError):
        make_log_key(path, "not an origin")


def test_a_ledger_is_not_opened_under_another_origin_or_without_its_key(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.found()
    site.close()
    moved = Config(
        database_url=site.config.database_url, origin="else.example/log", log_key=site.config.log_key
    )
    with pytest.raises(ConfigError, match=f"PACKTRACE_ORIGIN must be {ORIGIN}"):
        open_service(moved, FakeClock(NOW_MS))
    site.config.log_key.rename(tmp_path / "lost.pem")
    with pytest.raises(ConfigError, match="PACKTRACE_LOG_KEY"):
        open_service(site.config, FakeClock(NOW_MS))
    site.config.log_key.write_text("rubbish")
    with pytest.raises(ConfigError, match="PACKTRACE_LOG_KEY"):
        open_service(site.config, FakeClock(NOW_MS))


def test_a_ledger_goes_on_where_it_was_closed(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.found()
    before = site.get("/log/checkpoint").text
    site.close()
    again = Site(tmp_path)
    assert again.get("/log/checkpoint").text == before
    again.close()
