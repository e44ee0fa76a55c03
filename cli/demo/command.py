"""`packtrace demo`: builds the demonstration, says what to look at, and serves it."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import click

from cli.demo.build import DEFAULT_PACKS, FOLDER, build, freshen
from cli.demo.guide import guide
from cli.demo.story import LEAST_PACKS, MOST_PACKS
from cli.demo.witnesses import watched
from cli.logkey import log_signer
from cli.serve import check_ledger, check_port, run_server
from cli.settings import DEFAULT_HOST, DEFAULT_PORT, Settings
from cli.speech import say


@click.command()
@click.option(
    "--packs",
    type=click.IntRange(LEAST_PACKS, MOST_PACKS),
    help=f"How many battery packs; {DEFAULT_PACKS} where not told otherwise.",
)
@click.option("--serve", is_flag=True, help="Serve it over HTTP when it is built.")
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port to serve on.",
)
@click.option("--host", default=DEFAULT_HOST, show_default=True, help="Address to serve on.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=FOLDER,
    show_default=True,
    help="Where the consortium's keys and the root of trust are kept.",
)
def demo(packs: int | None, *, serve: bool, port: int, host: str, folder: Path) -> None:
    """Build a demonstration: firms that do not exist and the whole lives of their batteries.

    A second run keeps what is there and starts in seconds; one that was interrupted goes on.
    """
    url = f"http://{host}:{port}"
    settings = replace(Settings.read(default_base_url=url), demo=True)
    if serve:
        check_port(host, port)
    try:
        plan = build(settings, folder, packs)
    except KeyboardInterrupt:
        click.echo(say("已中断；下次运行从这里继续", "interrupted; the next run goes on from here"), err=True)
        raise
    if not serve:
        click.echo(guide(plan, folder, url, serves=False))
        return
    settings = replace(settings, base_url=plan.base_url)
    check_ledger(settings)
    freshen(settings, folder)
    with _witnesses(settings, folder) as policy:
        click.echo(guide(plan, folder, url, serves=True, policy=policy))
        environment = replace(settings, witness_policy=policy).environment()
        run_server(host, port, workers=1, environment=environment)


def _witnesses(settings: Settings, folder: Path) -> AbstractContextManager[Path | None]:
    """Return what runs witnesses beside the log, unless the settings name others; gives their policy."""
    if settings.witness_policy is not None:
        return nullcontext(settings.witness_policy)
    return watched(folder, log_signer(settings).verifier_key)
