"""Several witnesses in one process, each at a socket of its own: what the demonstration runs beside its log.

    python -m witness.panel <descriptor of a socket that listens>:<folder> …

Whoever starts it has opened the sockets and holds its standard input: it ends when that does, and so never
outlives its log. A witness on which anybody relies is another firm's, and runs by `packtrace witness serve`.
"""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import Final

from werkzeug.serving import BaseWSGIServer, make_server

from ledger.witness.folder import open_witness
from witness.app import create_witness_app

HOST: Final = "127.0.0.1"


def main(places: Sequence[str]) -> None:
    """Serve each witness until the standard input ends.

    Args:
        places: `<descriptor>:<folder>` of each.

    Raises:
        WitnessStorageError, CryptoError, OSError: one of them cannot be opened.
    """
    # It would tell of each request that is answered.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    for server in [_server(place) for place in places]:
        Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.buffer.read()


def _server(place: str) -> BaseWSGIServer:
    descriptor, _, folder = place.partition(":")
    app = create_witness_app(open_witness(Path(folder)))
    return make_server(HOST, 0, app, threaded=True, fd=int(descriptor))


if __name__ == "__main__":
    main(sys.argv[1:])
