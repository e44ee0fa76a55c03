"""A log of today, begun, served and spoken to by the command alone, as a registrar and its firms would."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from click.testing import CliRunner, Result

from api import Config, create_app
from api.service import open_service
from cli import main
from cli.sources import HttpSource
from ledger.audit import Trust, audit
from tests.loopback import serving

ORIGIN: Final = "log.example/own"
REGISTRAR: Final = "org:91999999DEM000014G"
MAKER: Final = "org:91999999DEM000022B"
HEIR: Final = "org:91999999DEM0000306"


class Office:
    """A registrar's office in a folder, with the log that it keeps. Keys are files in the clear."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = {
            "PACKTRACE_DATABASE_URL": f"sqlite:///{folder / 'ledger.db'}",
            "PACKTRACE_LOG_KEY": str(folder / "log.pem"),
            "PACKTRACE_ORIGIN": ORIGIN,
        }
        self.url = ""
        for name in ("registrar", "recovery", "maker", "heir"):
            self.keygen(name)
        words = ("--origin", ORIGIN, "--registrar", REGISTRAR, "--name", "登记处", "--name-en", "Registrar")
        keys = ("--key", self.key("registrar"), "--recovery", self.key("recovery"))
        self.run("init", *words, *keys)

    def key(self, name: str) -> str:
        """Return the path of a key."""
        return str(self.folder / f"{name}.pem")

    def keygen(self, name: str) -> str:
        """Make a key and return its id."""
        told = self.run("keygen", "-o", self.key(name), "--no-passphrase", "--json").output
        return str(json.loads(told)["kid"])

    def run(self, *words: str, code: int = 0, typed: str | None = None) -> Result:
        """Run the command; it must end with this exit code."""
        env = {**self.settings, "PACKTRACE_URL": self.url, "LC_ALL": "C"}
        result = CliRunner().invoke(main, words, env=env, input=typed)
        assert result.exit_code == code, (words, result.output, result.exception)
        return result

    def act(self, *words: str, key: str, code: int = 0) -> dict[str, Any]:
        """Run a command that signs and sends an event, agreed beforehand; return what it tells programs."""
        out = str(self.folder / "receipt.txt")
        told = self.run(*words, "--key", self.key(key), "--yes", "--json", "-o", out, code=code)
        found: dict[str, Any] = json.loads(told.stdout)
        return found

    def enrol(self, org: str, name: str, *roles: str) -> dict[str, Any]:
        """Enrol a firm under the key of its name."""
        given = [word for role in roles for word in ("--role", role)]
        words = ("--name-zh", f"{name}厂", "--name-en", name.title(), "--district", "440300")
        return self.act(
            "org", "enrol", org, *words, "--admin", self.key(name), *given, key="registrar-office"
        )


@contextmanager
def office(folder: Path) -> Iterator[Office]:
    """Serve a log with its registrar and one battery maker; it is audited at the end."""
    found = Office(folder)
    config = Config(
        database_url=found.settings["PACKTRACE_DATABASE_URL"], origin=ORIGIN, log_key=folder / "log.pem"
    )
    service = open_service(config)
    with serving(create_app(config, opened=service)) as found.url:
        found.enrol(MAKER, "maker", "manufacturer")
        yield found
        trust = Trust.parse(found.run("trust").output)
        report = audit(HttpSource(found.url), trust)
        assert report.ok, report.findings
    service.close()
