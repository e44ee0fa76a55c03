"""A small demonstration for tests: built as the command builds it, and served on loopback."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api import Config, create_app
from api.service import open_service
from cli.client import Client
from cli.demo.build import Plan, build
from cli.demo.story import LEAST_PACKS
from cli.demo.witnesses import watched
from cli.logkey import log_signer
from cli.settings import Settings
from tests.loopback import serving
from tests.panel import until

ORIGIN: Final = "localhost/packtrace"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A demonstration that is built: its settings, its folder, what is in it, and where it is served."""

    settings: Settings
    folder: Path
    plan: Plan
    url: str = ""

    def key(self, name: str) -> str:
        """Return the path of a key."""
        return str(self.folder / "keys" / f"{name}.pem")

    def code(self, sample: str) -> str:
        """Return the code of an item the demonstration tells of: "taxi", "stolen", "recycled" and so on."""
        return self.plan.samples[sample].partition(":")[2]

    def copied(self, folder: Path) -> "Demonstration":
        """Return this demonstration as it stands in a copy of its folder, with an SQLite file `ledger.db`."""
        settings = settings_in(folder, f"sqlite:///{folder / 'ledger.db'}")
        return Demonstration(settings, folder / self.folder.name, self.plan)


def settings_in(folder: Path, database_url: str) -> Settings:
    """Return the settings of a demonstration whose files are in a folder."""
    return Settings(
        database_url=database_url,
        origin=ORIGIN,
        log_key=folder / "log.pem",
        base_url="http://127.0.0.1:8000",
        demo=True,
    )


def built(folder: Path, database_url: str, packs: int = LEAST_PACKS) -> Demonstration:
    """Build a demonstration in a folder and a database."""
    settings = settings_in(folder, database_url)
    return Demonstration(settings, folder / "demo", build(settings, folder / "demo", packs))


@contextmanager
def served(demonstration: Demonstration, policy: Path | None = None) -> Iterator[Demonstration]:
    """Serve a demonstration on a free port until the context ends, under a policy of witnesses or none."""
    settings = demonstration.settings
    config = Config(
        database_url=settings.database_url,
        origin=settings.origin,
        log_key=settings.log_key,
        base_url=settings.base_url,
        witness_policy=policy,
        demo=True,
    )
    service = open_service(config)
    with closing(service), serving(create_app(config, opened=service)) as url:
        yield Demonstration(settings, demonstration.folder, demonstration.plan, url)


@contextmanager
def witnessed(demonstration: Demonstration) -> Iterator[Demonstration]:
    """Serve a demonstration under its own witnesses, as the command does; all have cosigned it by then."""
    vkey = log_signer(demonstration.settings).verifier_key
    with watched(demonstration.folder, vkey) as policy, served(demonstration, policy) as running:
        client = Client(running.url)
        until(lambda: [one["state"] for one in client.get("/v1/witnesses")["witnesses"]] == ["ok"] * 3)
        yield running
