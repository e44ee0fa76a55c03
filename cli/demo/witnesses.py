"""The demonstration's witnesses: three on the machine of its log, which are independent of nobody.

They show what a quorum does, and prove nothing to anyone. One process serves them all, as long as the log is
served. Their keys and files are made at the first start and kept, and so is the policy that names them; only
the ports in it are new each time, because whichever are free will do.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from cli.commands import write_text
from cli.errors import CliError
from cli.speech import say
from cli.witness import make_witness
from crypto.cosignature import CosignerKey
from crypto.errors import CryptoError
from crypto.note import VerifierKey
from ledger.errors import LedgerError
from ledger.policy import SAME_MACHINE, Group, Policy, PolicyLog, Witness
from ledger.witness.folder import DATABASE, open_witness
from ledger.witness.storage import Storage

NAMES: Final = ("demo-a", "demo-b", "demo-c")
QUORUM: Final = Group("two-of-three", 2, NAMES)
POLICY: Final = "witnesses.policy"
FOLDER: Final = "witnesses"
HOST: Final = "127.0.0.1"
_PROGRAM: Final = "witness.panel"
_TROUBLE: Final = (CliError, LedgerError, CryptoError, OSError)
_HEAD: Final = """\
# 演示用见证方：与日志运行在同一台机器上，不独立于任何人，不能向任何人证明什么。
# The demonstration's witnesses: they run on the same machine as the log, are independent of nobody and
# prove nothing to anyone. Written anew at each start, with the ports of that start.
"""


@contextmanager
def watched(folder: Path, log: VerifierKey) -> Iterator[Path | None]:
    """Run the witnesses of the demonstration in a folder until the context ends; yield their policy.

    They end with this process, too, and with the server that it becomes. A witness that cannot start is named
    and left out; where none can, or no policy can be had, that is said and None is yielded.

    Args:
        folder: the demonstration's.
        log: the key of the log that they watch.
    """
    try:
        process = _start(folder, log)
    except _TROUBLE as error:
        click.echo(
            say(
                f"演示用见证方未能启动，演示继续运行但没有见证方：{error}；{_renewed(folder)}",
                f"the demonstration goes on without its witnesses, which cannot start: {error}; "
                f"{_renewed(folder)}",
            ),
            err=True,
        )
        yield None
        return
    with process:
        try:
            yield folder / POLICY
        finally:
            process.terminate()


def _start(folder: Path, log: VerifierKey) -> subprocess.Popen[bytes]:
    policy = _policy(folder, log)
    with ExitStack() as closing:
        listening = {
            name: closing.enter_context(socket.create_server((HOST, 0))) for name in policy.witnesses
        }
        # A port that nobody serves is closed again: whoever asks there is told so at once.
        _write(folder / POLICY, policy, log, {name: one.getsockname()[1] for name, one in listening.items()})
        sound = {
            one.fileno(): folder / FOLDER / name
            for name, one in listening.items()
            if _opens(folder, name, log)
        }
        if not sound:
            raise CliError(say("没有一个能打开", "none of them can be opened"))
        return _serve(sound)


def _policy(folder: Path, log: VerifierKey) -> Policy:
    """Return the policy of an earlier start, else one of new witnesses."""
    path = folder / POLICY
    if path.exists():
        return Policy.parse(path.read_bytes())
    witnesses = {name: Witness(name, _key(folder / FOLDER / name, log)) for name in NAMES}
    return Policy(logs=(), witnesses=witnesses, groups={QUORUM.name: QUORUM}, quorum=QUORUM.name)


def _key(place: Path, log: VerifierKey) -> CosignerKey:
    """Return the key of the witness in a folder, which is made whole or not at all where there is none."""
    if not place.exists():
        draft = place.with_name(f".{place.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        make_witness(draft, f"{SAME_MACHINE}/{place.name}", ["ed25519"], [log], None)
        draft.rename(place)
    return CosignerKey.parse(Storage(place / DATABASE).cosigner_vkeys()[0])


def _write(path: Path, policy: Policy, log: VerifierKey, ports: Mapping[str, int]) -> None:
    asked = {name: replace(one, url=f"http://{HOST}:{ports[name]}") for name, one in policy.witnesses.items()}
    write_text(path, _HEAD + replace(policy, logs=(PolicyLog(log),), witnesses=asked).format())


def _renewed(folder: Path) -> str:
    return say(
        f"删除 {folder / FOLDER} 和 {folder / POLICY} 后，下次启动会新建",
        f"remove {folder / FOLDER} and {folder / POLICY}, and the next start makes new ones",
    )


def _opens(folder: Path, name: str, log: VerifierKey) -> bool:
    """Say whether a witness can be served, and tell why where it cannot."""
    place = folder / FOLDER / name
    try:
        open_witness(place)
        Storage(place / DATABASE).trust(log)
    except _TROUBLE as error:
        click.echo(
            say(
                f"演示用见证方 {place.name} 未能启动，演示继续运行：{error}；{_renewed(folder)}",
                f"the demonstration goes on without its witness {place.name}, which cannot start: {error}; "
                f"{_renewed(folder)}",
            ),
            err=True,
        )
        return False
    return True


def _serve(places: Mapping[int, Path]) -> subprocess.Popen[bytes]:
    """Start the process of the witnesses. It ends when this one, and whatever this one becomes, is gone.

    In a process group of its own it hears no Ctrl-C, and so answers as long as the log still asks.
    """
    process = subprocess.Popen(  # noqa: S603  this program, and names of its own
        [sys.executable, "-m", _PROGRAM, *(f"{number}:{place}" for number, place in places.items())],
        stdin=subprocess.PIPE,
        pass_fds=[*places],
        process_group=0,
    )
    if process.stdin is None:
        raise TypeError("a pipe was asked for")
    os.set_inheritable(process.stdin.fileno(), True)  # noqa: FBT003  it takes no name
    return process
