"""`packtrace serve`: the HTTP side, under gunicorn."""

import os
import socket
import sys
from collections.abc import Mapping
from typing import Final, NoReturn

import click

from cli.errors import CliError
from cli.settings import DEFAULT_HOST, DEFAULT_PORT, Settings
from cli.speech import say

THREADS: Final = 16
_APPLICATION: Final = "wsgi:app"
_MAX_PORT: Final = 65_535


@click.command()
@click.option("--host", default=DEFAULT_HOST, show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(1, _MAX_PORT),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port to listen on.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes; more than one only with PostgreSQL.",
)
def serve(host: str, port: int, workers: int) -> None:
    """Serve the ledger over HTTP, with threads.

    An SQLite database is written by one process alone, so --workers above 1 needs a PostgreSQL database.
    """
    settings = Settings.read()
    if workers > 1 and settings.sqlite:
        raise click.UsageError(
            say(
                "SQLite 数据库只能由一个进程写入；--workers 大于 1 需要 PostgreSQL（PACKTRACE_DATABASE_URL）",
                "an SQLite database is written by one process; --workers above 1 needs PostgreSQL "
                "(PACKTRACE_DATABASE_URL)",
            )
        )
    check_port(host, port)
    run_server(host, port, workers=workers, environment=settings.environment())


def check_port(host: str, port: int) -> None:
    """Raise CliError where nothing can listen on that address and port."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CliError(
            say(
                f"无法在 {host}:{port} 上监听（{error.strerror}）；请用 --port 换一个端口"
                "（make run PORT=9000）",
                f"cannot listen on {host}:{port} ({error.strerror}); name another port with --port "
                "(make run PORT=9000)",
            )
        ) from error


def run_server(host: str, port: int, *, workers: int, environment: Mapping[str, str]) -> NoReturn:
    """Become the server; this process is gone when it returns, so it does not return."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(  # noqa: S606  no shell is wanted: signals go to the server itself
        sys.executable, server_command(host, port, workers), {**os.environ, **environment}
    )


def server_command(host: str, port: int, workers: int) -> list[str]:
    """Return the command line of the server."""
    shown = f"[{host}]" if ":" in host else host
    return [
        sys.executable,
        "-m",
        "gunicorn",
        f"--bind={shown}:{port}",
        f"--workers={workers}",
        "--worker-class=gthread",
        f"--threads={THREADS}",
        "--graceful-timeout=20",
        "--log-level=warning",
        _APPLICATION,
    ]
