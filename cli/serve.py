"""`packtrace serve`: the HTTP side, under gunicorn."""

import os
import socket
import sys
from collections.abc import Mapping
from typing import Final, NoReturn

import click

from cli.errors import CliError
from cli.log import opened
from cli.logkey import log_signer
from cli.settings import BASE_URL, DEFAULT_HOST, DEFAULT_PORT, ORIGIN, WITNESS_POLICY, Settings
from cli.speech import say
from crypto.note import VerifierKey
from ledger.errors import MalformedError
from ledger.identifiers import ItemId
from ledger.label_url import LabelUrl
from ledger.policy import MalformedPolicyError, Policy
from ledger.state import LOG, Log

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
    check_ledger(settings)
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


def check_ledger(settings: Settings) -> None:
    """Check that there is a ledger to serve, under this origin, and that this process may write to it.

    Raises:
        CliError: there is none, or it has another origin; a setting is wrong.
        LedgerError: the database or the log key cannot be used.
    """
    try:
        LabelUrl.of(settings.base_url, ItemId("gbt45565", "0"))
    except MalformedError as error:
        raise CliError(f"{BASE_URL}: {error}") from error
    with opened(settings, migrate=True) as store:
        store.claim()
        with store.snapshot() as snapshot:
            log = snapshot.states([LOG]).get(LOG)
    if not isinstance(log, Log):
        raise CliError(
            say(
                "日志还没有条目；先运行 packtrace init，或 packtrace demo 建演示数据",
                "the log has no entry yet; run packtrace init, or packtrace demo for a demonstration",
            )
        )
    if log.origin != settings.origin:
        raise CliError(
            say(
                f"这个数据库的来源名是 {log.origin}，而 {ORIGIN} 是 {settings.origin}",
                f"the ledger in this database has the origin {log.origin}, but {ORIGIN} is {settings.origin}",
            )
        )
    check_policy(settings, log_signer(settings).verifier_key)


def check_policy(settings: Settings, vkey: VerifierKey) -> None:
    """Check that the policy of the settings, where there is one, is a policy of this log.

    Raises:
        CliError: it is none, or names other logs.
    """
    path = settings.policy_file()
    if path is None:
        return
    try:
        policy = Policy.parse(path.read_bytes())
    except MalformedPolicyError as error:
        raise CliError(f"{WITNESS_POLICY}: {path}: {error}") from error
    if policy.logs and vkey not in policy.logs_named(vkey.name):
        raise CliError(
            say(
                f"{WITNESS_POLICY}：策略没有列出本日志；请加一行 log {vkey.format()}",
                f"{WITNESS_POLICY}: the policy does not name this log; add the line log {vkey.format()}",
            )
        )


def run_server(
    host: str, port: int, *, workers: int, environment: Mapping[str, str], application: str = _APPLICATION
) -> NoReturn:
    """Become the server; this process is gone when it returns, so it does not return."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(  # noqa: S606  no shell is wanted: signals go to the server itself
        sys.executable, server_command(host, port, workers, application), {**os.environ, **environment}
    )


def server_command(host: str, port: int, workers: int, application: str = _APPLICATION) -> list[str]:
    """Return the command line of the server."""
    shown = f"[{host}]" if ":" in host else host
    return [
        sys.executable,
        "-m",
        "gunicorn",
        f"--bind={shown}:{port}",
        f"--workers={workers}",
        "--worker-class=cli.worker.FinishingWorker",
        f"--threads={THREADS}",
        "--graceful-timeout=20",
        "--log-level=warning",
        application,
    ]
