"""`packtrace witness`: run a witness, which cosigns the checkpoints of logs that only ever grow."""

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import click

from cli.commands import json_option, print_json
from cli.errors import CliError
from cli.keyfiles import new_passphrase, write_secret
from cli.serve import check_port, run_server
from cli.settings import DEFAULT_HOST
from cli.speech import say
from crypto.cosignature import CosignatureType, Cosigner
from crypto.errors import CryptoError
from crypto.keys import Algorithm, PrivateKey
from crypto.mldsa44 import MlDsa44PrivateKey
from crypto.note import VerifierKey
from ledger.instants import Instant
from ledger.keyfile import FILE, PASSPHRASE, KeyFileError
from ledger.witness.folder import DATABASE, KEY, NAME, WitnessFolderError, open_witness
from ledger.witness.request import AddCheckpoint
from ledger.witness.storage import Evidence, Storage

FOLDER: Final = "PACKTRACE_WITNESS_FOLDER"
DEFAULT_PORT: Final = 7380
_APPLICATION: Final = "witness.app:application()"
_MAX_PORT: Final = 65_535
_ALGORITHMS: Final = {"ed25519": CosignatureType.ED25519, "ml-dsa-44": CosignatureType.ML_DSA_44}
_PATH: Final = click.Path(path_type=Path, file_okay=False)
_WRONG: Final = {
    "missing": (
        "没有这样的文件；它由 packtrace witness init 建立，请从保管处取回",
        "there is none; packtrace witness init made it, bring it back from where it is kept",
    ),
    "name": ("不是见证方的名称", "it is no witness's name"),
    "key": (
        "不是见证方的私钥（PKCS#8 PEM，Ed25519 或 ML-DSA-44）",
        "it is no key of a witness (PKCS#8 PEM, Ed25519 or ML-DSA-44)",
    ),
    "locked": (
        f"密钥已加密；请设置 {PASSPHRASE} 或 {PASSPHRASE}{FILE}",
        f"the key is encrypted; set {PASSPHRASE} or {PASSPHRASE}{FILE}",
    ),
    "passphrase": (
        f"{PASSPHRASE} 或 {PASSPHRASE}{FILE} 给出的口令不对",
        f"the pass phrase of {PASSPHRASE} or {PASSPHRASE}{FILE} is not that of the key",
    ),
}
"""What is wrong with a file of a witness's folder, by the reason of a WitnessFolderError."""


@click.group("witness")
def witness() -> None:
    """Run a witness: it cosigns a log's checkpoint only where it extends the last one that it cosigned."""


@witness.command("init")
@click.argument("folder", type=_PATH)
@click.option("--name", required=True, help="The witness's name for ever: a URL prefix without scheme.")
@click.option(
    "--alg",
    "algorithms",
    type=click.Choice(list(_ALGORITHMS)),
    multiple=True,
    default=["ed25519"],
    show_default=True,
    help="Kind of its key; given twice, it has two keys and makes two lines.",
)
@click.option("--log", "log_vkeys", multiple=True, help="The vkey of a log to cosign for, several times.")
@click.option("--no-passphrase", is_flag=True, help="Leave the keys in the clear, for a safe place.")
@json_option
def init(
    *,
    folder: Path,
    name: str,
    algorithms: tuple[str, ...],
    log_vkeys: tuple[str, ...],
    no_passphrase: bool,
    as_json: bool,
) -> None:
    """Make a witness in FOLDER: its keys, its database, and the logs it cosigns for.

    Prints its vkeys, which a log and its readers put into their policy. It is made once: a witness whose
    database is lost gets a new key, because it no longer knows what it has cosigned.
    """
    logs = [_vkey(text) for text in log_vkeys]
    _check_new(folder)
    password = None if no_passphrase else new_passphrase()
    vkeys = make_witness(folder, name, algorithms, logs, password)
    _tell(folder, name, vkeys, as_json=as_json)


def make_witness(
    folder: Path,
    name: str,
    algorithms: Sequence[str],
    logs: Iterable[VerifierKey],
    password: bytes | None,
) -> list[str]:
    """Make a witness in a folder that has none, and return its vkeys.

    Raises:
        CliError: a file of it cannot be written.
        CryptoError: it cannot have this name.
        WitnessStorageError: its database cannot be made.
    """
    keys = {alg: _generate(alg) for alg in dict.fromkeys(algorithms)}
    vkeys = [Cosigner(name, key).key.format() for key in keys.values()]
    for alg, key in keys.items():
        write_secret(folder / f"{alg}{KEY}", key.to_pem(password))
    (folder / NAME).write_text(f"{name}\n", "utf-8")
    storage = Storage.create(folder / DATABASE, vkeys)
    for log in logs:
        storage.trust(log)
    return vkeys


@witness.command("trust")
@click.argument("folder", type=_PATH)
@click.argument("log_vkeys", metavar="VKEY...", nargs=-1, required=True)
def trust(folder: Path, log_vkeys: tuple[str, ...]) -> None:
    """Let the witness in FOLDER cosign for the logs of these vkeys too. A running one takes them at once."""
    storage = Storage(folder / DATABASE)
    for vkey in [_vkey(text) for text in log_vkeys]:
        storage.trust(vkey)
        click.echo(say(f"将为 {vkey.name} 联署", f"cosigns for {vkey.name}"))


@witness.command("distrust")
@click.argument("folder", type=_PATH)
@click.argument("log_vkeys", metavar="VKEY...", nargs=-1, required=True)
def distrust(folder: Path, log_vkeys: tuple[str, ...]) -> None:
    """Cosign no more under these keys of logs: they were put away or stolen. What was cosigned is kept."""
    storage = Storage(folder / DATABASE)
    for vkey in [_vkey(text) for text in log_vkeys]:
        if not storage.distrust(vkey):
            raise CliError(say(f"本来就不信任 {vkey.format()}", f"{vkey.format()} was not trusted"))
        click.echo(say(f"不再为 {vkey.name} 的这把密钥联署", f"cosigns no more for this key of {vkey.name}"))


@witness.command("serve")
@click.argument("folder", type=_PATH)
@click.option("--host", default=DEFAULT_HOST, show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, _MAX_PORT), default=DEFAULT_PORT, show_default=True)
def serve(folder: Path, host: str, port: int) -> None:
    """Serve the witness in FOLDER: POST /add-checkpoint, GET /<SHA-256 of an origin>/checkpoint."""
    _check_opens(folder)
    check_port(host, port)
    # gunicorn tells of its coming and going; what a witness refuses is in its answers and its evidence.
    run_server(host, port, workers=1, environment={FOLDER: str(folder.absolute())}, application=_APPLICATION)


@witness.command("status")
@click.argument("folder", type=_PATH)
@json_option
def status(folder: Path, *, as_json: bool) -> None:
    """Say what the witness in FOLDER cosigned last for each log, and what evidence it holds. Exit 1: some."""
    storage = Storage(folder / DATABASE)
    told = [_status(storage, origin) for origin in storage.logs()]
    if as_json:
        print_json({"vkeys": [*storage.cosigner_vkeys()], "logs": [*told]})
    else:
        for vkey in storage.cosigner_vkeys():
            click.echo(vkey)
        for one in told:
            click.echo(
                say(
                    f"{one['origin']}  大小 {one['size']}  {one['cosigned_at'] or '从未联署'}"
                    f"  分叉证据 {one['forks']}  未证明 {one['unproven']}",
                    f"{one['origin']}  size {one['size']}  {one['cosigned_at'] or 'never cosigned'}"
                    f"  forks {one['forks']}  unproven {one['unproven']}",
                )
            )
        if any(one["unproven"] for one in told):
            click.echo(_what_unproven_means(), err=True)
    if any(one["forks"] for one in told):
        raise click.exceptions.Exit(1)


@witness.command("evidence")
@click.argument("folder", type=_PATH)
@click.argument("origin")
def evidence(folder: Path, origin: str) -> None:
    """Print what the witness in FOLDER holds against the log of ORIGIN, as JSON: both signed checkpoints."""
    print_json([_evidence(one) for one in Storage(folder / DATABASE).evidence(origin)])


def _check_opens(folder: Path) -> None:
    """Open a witness's folder once, so that what is wrong with it is told here and not by the server.

    Raises:
        UsageError: a file of it is missing or cannot be used; it names the file, and the variable of the pass
            phrase.
        WitnessStorageError: its database is missing or was made for other keys.
    """
    try:
        open_witness(folder)
    except WitnessFolderError as error:
        zh, en = _WRONG[error.reason]
        raise click.UsageError(say(f"{error.path}：{zh}", f"{error.path}: {en}")) from error
    except KeyFileError as error:
        raise click.UsageError(str(error)) from error


def _check_new(folder: Path) -> None:
    """Raise CliError where a folder has a witness, or what is left of one."""
    if (folder / DATABASE).exists():
        raise CliError(
            say(
                f"{folder} 中已有见证方；添加日志请用 packtrace witness trust",
                f"there is a witness in {folder}; packtrace witness trust adds a log",
            )
        )
    if (folder / NAME).exists() or any(folder.glob(f"*{KEY}")):
        raise CliError(
            say(
                f"{folder} 中曾有见证方，其 {DATABASE} 已丢失：它不再知道自己联署过什么，须停用。"
                "请在另一个目录建立后继者（新密钥），并请日志和读者在策略中更换 vkey",
                f"there was a witness in {folder} and its {DATABASE} is lost: it no longer knows what it has "
                "cosigned and is retired. Make its successor, which has a new key, in another folder, and "
                "have the log and its readers replace the vkey in their policies",
            )
        )


def _generate(alg: str) -> PrivateKey | MlDsa44PrivateKey:
    if _ALGORITHMS[alg] is CosignatureType.ML_DSA_44:
        return MlDsa44PrivateKey.generate()
    return PrivateKey.generate(Algorithm.ED25519)


def _vkey(text: str) -> VerifierKey:
    try:
        return VerifierKey.parse(text)
    except CryptoError as error:
        raise click.UsageError(
            say(f"不是日志的 vkey：{error.reason}", f"not the vkey of a log: {error.reason}")
        ) from error


def _tell(folder: Path, name: str, vkeys: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json({"result": "done", "folder": str(folder), "name": name, "vkeys": [*vkeys]})
        return
    click.echo(say(f"见证方 {name} 已建于 {folder}", f"made the witness {name} in {folder}"), err=True)
    for vkey in vkeys:
        click.echo(vkey)
    if not {PASSPHRASE, PASSPHRASE + FILE} & os.environ.keys() and sys.stderr.isatty():
        click.echo(
            say(
                f"密钥加密时，serve 从 {PASSPHRASE} 取口令",
                f"where the keys are encrypted, serve takes the pass phrase from {PASSPHRASE}",
            ),
            err=True,
        )


def _status(storage: Storage, origin: str) -> dict[str, object]:
    last = storage.last(origin)
    kinds = [one.kind.value for one in storage.evidence(origin)]
    return {
        "origin": origin,
        "size": 0 if last is None else last.checkpoint.size,
        "cosigned_at": None if last is None else Instant.from_ms(last.time_s * 1000).text,
        "forks": kinds.count("fork"),
        "unproven": kinds.count("unproven"),
    }


def _what_unproven_means() -> str:
    return say(
        "“未证明”：日志签过的检查点附带的证明不成立，任何人都能造成，本身不是分叉的证据。请把 "
        "packtrace witness evidence 给出的 checkpoint 存成文件，用 packtrace audit --since 核对；"
        "若日志不是由它延续而来，就分叉了",
        "unproven: a checkpoint that the log signed came with a proof that does not hold, which anybody can "
        "cause and which is no proof of a fork. Put the checkpoint that packtrace witness evidence gives "
        "into a file and hold the log against it with packtrace audit --since: "
        "where the log does not begin with it, it has forked",
    )


def _evidence(one: Evidence) -> dict[str, object]:
    return {
        "kind": one.kind.value,
        "at": Instant.from_ms(one.time_s * 1000).text,
        "checkpoint": AddCheckpoint.parse(one.request.encode()).note,
        "request": one.request,
        "cosigned": one.cosigned,
    }
