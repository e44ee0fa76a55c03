"""Five witnesses behind real HTTP servers on loopback, the log that they watch, and ones that lie."""

import time
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from flask import Flask, Response

from api import Config
from api.service import Service, open_service
from crypto.cosignature import Cosigner
from ledger.cosigning.rounds import Pace
from ledger.logkey import make_log_key
from ledger.policy import Policy
from ledger.witness.service import Witness
from ledger.witness.storage import Storage
from tests.fakes import FakeClock
from tests.loopback import serving
from tests.scenario import ORIGIN
from tests.site import BASE_URL, NOW_MS
from tests.witnesses import COSIGNERS, policy_text
from witness.app import create_witness_app

PACE: Final = Pace(poll_s=0.02, grace_s=0.05, round_s=0.5, refresh_s=3600, backoff_s=0.05)


class Panel:
    """Five witnesses on loopback, each of which can be stopped, and the folder of a log that they watch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = make_log_key(folder / "log.pem", ORIGIN)
        self.apps = [self._witness(number, each) for number, each in enumerate(COSIGNERS, 1)]
        self.stops: dict[int, Callable[[], object]] = {}
        self.urls: list[str] = []

    def _witness(self, number: int, cosigner: Cosigner) -> Flask:
        storage = Storage.create(self.folder / f"w{number}.db", [cosigner.key.format()])
        storage.trust(self.log.verifier_key)
        return create_witness_app(Witness(storage, [cosigner]))

    def begin(self) -> None:
        """Serve all five."""
        for number, app in enumerate(self.apps, 1):
            context = serving(app)
            self.urls.append(context.__enter__())
            self.stops[number] = partial(context.__exit__, None, None, None)
        (self.folder / "policy").write_text(self.policy_text(), "utf-8")

    def policy_text(self) -> str:
        """Return the policy of a quorum of three."""
        return policy_text(urls=self.urls, log=self.log)

    @property
    def policy(self) -> Policy:
        """The policy."""
        return Policy.parse(self.policy_text())

    def stop(self, number: int) -> None:
        """Stop one witness for good."""
        self.stops.pop(number)()

    def service(self, url: str | None = None) -> Service:
        """Open the log."""
        return open_service(
            Config(
                database_url=url or f"sqlite:///{self.folder / 'ledger.db'}",
                origin=ORIGIN,
                log_key=self.folder / "log.pem",
                base_url=BASE_URL,
                witness_policy=self.folder / "policy",
            ),
            FakeClock(NOW_MS),
        )


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def false_witness(answer: Response, latest: str) -> Flask:
    """Return a witness that answers every request alike, and says what it cosigned last."""
    app = Flask("false witness")
    app.add_url_rule("/add-checkpoint", "add", lambda: answer, methods=["POST"])
    path = sha256(ORIGIN.encode()).hexdigest()
    app.add_url_rule(f"/{path}/checkpoint", "latest", lambda: latest)
    return app
