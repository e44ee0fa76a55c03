"""The `packtrace` command: thin, it calls functions of the ledger or the HTTP API as any client would."""

from importlib import metadata
from typing import Final

import click

from cli.commands import Group
from cli.speech import language_option

# Where each command is; it is imported when it is called, so that a small one starts at once.
COMMANDS: Final = {
    "init": "cli.log:init",
    "vkey": "cli.log:vkey",
    "trust": "cli.log:trust",
    "serve": "cli.serve:serve",
    "demo": "cli.demo.command:demo",
    "keygen": "cli.keygen:keygen",
    "signer": "cli.keygen:signer",
    "key": "cli.key:key",
    "org": "cli.org:org",
    "device": "cli.device:device",
    "sign": "cli.sign:sign",
    "submit": "cli.submit:submit",
    "import": "cli.importing.command:import_command",
    "show": "cli.show:show",
    "tree": "cli.tree:tree",
    "dossier": "cli.dossier:dossier",
    "absent": "cli.absent:absent",
    "index": "cli.index:index",
    "cell": "cli.cell:cell_command",
    "findings": "cli.findings:findings",
    "verify": "cli.verify:verify_command",
    "audit": "cli.audit:audit_command",
    "label": "cli.label:label",
    "code": "cli.code:code",
    "rebuild": "cli.log:rebuild_command",
    "export": "cli.export:export",
    "witness": "cli.witness:witness",
    "takeover": "cli.takeover:takeover",
}


def _version() -> str:
    try:
        return metadata.version("packtrace")
    except metadata.PackageNotFoundError:
        return "not installed"


@click.group(
    cls=Group,
    commands_at=COMMANDS,
    params=[language_option()],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(_version(), prog_name="packtrace")
def main() -> None:
    """Packtrace: a ledger in which firms sign the life of electric-vehicle batteries.

    Exit codes: 0 done or verified, 1 refused or failed, 2 called wrongly.
    """
