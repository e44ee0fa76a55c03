"""An application behind a real HTTP server on loopback, in threads of the test that started it."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.serving import BaseWSGIServer, make_server

POLL_S: Final = 0.02


class Loopback:
    """Serves one application on a free port; shut, it opens again on the port it had."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = whole(app)
        self._running: tuple[BaseWSGIServer, threading.Thread] | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where it is served, once it was opened."""
        return f"http://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Begin to serve; whoever asks from now on is answered."""
        server = make_server("127.0.0.1", self._port, self._app, threaded=True)
        self._port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": POLL_S})
        thread.start()
        self._running = server, thread

    def shut(self) -> None:
        """Cut the network: nothing answers any more. Shut already, nothing happens."""
        if self._running is not None:
            server, thread = self._running
            self._running = None
            server.shutdown()
            thread.join()
            server.server_close()


@contextmanager
def serving(app: WSGIApplication) -> Iterator[str]:
    """Serve an application on a free port until the context ends; yield its URL."""
    loopback = Loopback(app)
    loopback.open()
    try:
        yield loopback.url
    finally:
        loopback.shut()


def whole(app: WSGIApplication) -> WSGIApplication:
    """Return the application with every answer read and closed before the first byte leaves.

    The server of werkzeug leaves an answer open whose reader hangs up in the middle, as a browser does that
    is sent to another page; a file in it would be told of as leaked in whichever test comes next.
    """

    def answered(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = app(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()

    return answered
