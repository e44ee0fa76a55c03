"""A witness in a process of its own, with a will of its own.

    python -m tests.witness_process <folder> <port> <will>

Its will is `honest`; `slow`, which answers a second late; `dying`, which is gone as by a power cut between
what it stores and what it answers; or `lying`, which keeps nothing, and cosigns another tree than it was
shown or names a size that nobody has.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Final

from flask import Flask, Response, request
from werkzeug.serving import make_server

from ledger.witness.folder import DATABASE, cosigners
from ledger.witness.request import AddCheckpoint
from ledger.witness.service import Witness
from ledger.witness.storage import Storage
from witness.app import create_witness_app

DELAY_S: Final = 1.0


class Slow(Witness):
    """Answers late."""

    def add_checkpoint(self, body: bytes) -> str:
        """Cosign, after a while."""
        time.sleep(DELAY_S)
        return super().add_checkpoint(body)


class Dying(Witness):
    """Ends between the disk and the answer."""

    def add_checkpoint(self, body: bytes) -> str:
        """Cosign and die."""
        super().add_checkpoint(body)
        os.kill(os.getpid(), signal.SIGKILL)
        raise SystemExit


def lying(folder: Path) -> Flask:
    """Return a witness that cosigns what it was not shown, or claims to have seen more."""
    app, asked = Flask("lying"), [0]
    [signer] = cosigners(folder)

    @app.post("/add-checkpoint")
    def add_checkpoint() -> Response:
        asked[0] += 1
        if asked[0] % 2:
            return Response("999999\n", 409, content_type="text/x.tlog.size")
        shown = AddCheckpoint.parse(request.get_data()).checkpoint
        other = f"{shown.origin}\n{shown.size + 1}\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
        return Response(signer.cosign(other, int(time.time())).format())

    return app


def main() -> None:
    """Serve until killed."""
    folder, port, will = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    if will == "lying":
        app = lying(folder)
    else:
        kind = {"honest": Witness, "slow": Slow, "dying": Dying}[will]
        app = create_witness_app(kind(Storage(folder / DATABASE), cosigners(folder)))
    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    main()
