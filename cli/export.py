"""`packtrace export tiles`: a static copy of a log that any web server can serve."""

import re
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Never

import click
from tqdm import tqdm

from cli.bucket import SCHEME, Bucket
from cli.commands import json_option, print_json, url_option
from cli.errors import CliError
from cli.log import opened, root_of_trust
from cli.logkey import log_signer, seen_of
from cli.pinned import FILE, read_policy, read_trust
from cli.settings import Settings
from cli.sources import HttpSource
from cli.speech import say
from crypto.encoding import b64_encode
from crypto.note import VerifierKey
from crypto.strictjson import Json
from ledger.audit import NotServedError
from ledger.cosigning.folder import CosignedFolder
from ledger.logkey import cosigned_path
from ledger.logkeys import LogKeys
from ledger.mirror import Folder, MirrorError, Place
from ledger.mirror import export as export_log
from ledger.store import Store
from ledger.tiles import (
    TILE_WIDTH,
    TileKey,
    encode_bundle,
    parse_entries_path,
    parse_tile_path,
)
from ledger.trust import Trust

_ENTRIES = "tile/entries/"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")


class StoreSource:
    """The log in the ledger's own database, up to its released checkpoint."""

    def __init__(self, store: Store, note: str, folder: CosignedFolder | None) -> None:
        self._store = store
        self._note = note
        self._folder = folder

    def checkpoint(self) -> str:
        """Return the released checkpoint."""
        return self._note

    def tile(self, path: str) -> bytes:
        """Return a tile or an entry bundle."""
        with self._store.snapshot() as snapshot:
            if path.startswith(_ENTRIES):
                n, width = parse_entries_path(path)
                return encode_bundle(snapshot.entries(n * TILE_WIDTH, n * TILE_WIDTH + width))
            key = parse_tile_path(path)
            return snapshot.tiles([TileKey(key.level, key.n, key.width)])[0]

    def kept(self, have: Collection[int]) -> Iterator[str]:
        """Yield the checkpoints that are kept for ever, but for those of sizes that one has."""
        seen, after = set(have), -1
        while self._folder is not None and (hours := self._folder.kept(after, 1000)):
            after = hours[-1].hour
            for one in hours:
                if one.size not in seen:
                    seen.add(one.size)
                    yield self._folder.kept_note(one)

    def lookup(self, ids: Sequence[str]) -> Json:
        """Refuse: an export asks for no states."""
        raise NotServedError(f"{len(ids)} states are not told here")


@click.group("export")
def export() -> None:
    """Copy the log out, for others to serve and verify."""


@export.command("tiles")
@click.argument("where", metavar="DIR|s3://BUCKET/PREFIX")
@url_option(help_text="Copy the log of this server instead of the one in the database.")
@click.option("--trust", "trust_file", type=FILE, help="The root of trust of the log at --url.")
@json_option
def tiles(where: str, url: str | None, trust_file: Path | None, *, as_json: bool) -> None:
    """Bring the copy of the log in DIR or a bucket up to date: tiles, entry bundles, the checkpoint last.

    What is served from there is the log as C2SP tlog-tiles. Only what leads to the signed root is written;
    a log that has shrunk or forked is refused, with exit code 1. It may be stopped and repeated.
    """
    place, grown = _place(where), False
    shown = sys.stderr.isatty() and not as_json
    with _opened(url, trust_file) as (source, trust, former), _bar(shown=shown) as bar:

        def progress(done: int, size: int) -> None:
            nonlocal grown
            grown = True
            bar.total = size
            bar.update(done - bar.n)

        try:
            tree = export_log(source, place, trust.vkey, former=former, kept=source.kept, progress=progress)
            place.replace("trust.json", trust.format().encode("utf-8"))
        except MirrorError as error:
            raise CliError(
                say(f"副本未更新：{error}", f"the copy was not brought up to date: {error}"),
                reason=error.reason,
            ) from error
    if as_json:
        print_json(
            {
                "result": "done",
                "origin": tree.origin,
                "size": tree.size,
                "root": b64_encode(tree.root),
                "grown": grown,
            }
        )
    elif grown:
        click.echo(say(f"{place} 含 {tree.size} 条", f"{place} holds {tree.size} entries"))
    else:
        click.echo(
            say(
                f"{place} 已是最新：{tree.size} 条；已有的文件未逐一核对，核对请用 packtrace audit 目录",
                f"{place} is up to date with {tree.size} entries; the files that it had were not checked, "
                "packtrace audit DIR does that",
            )
        )


def _place(where: str) -> Place:
    """Return the place of a copy; raises UsageError for an empty name or another scheme."""
    if where.startswith(f"{SCHEME}://"):
        return Bucket(where)
    if not where.strip() or _ADDRESS.match(where):
        raise click.UsageError(
            say(
                f"“{where}” 既不是目录，也不是 {SCHEME}://存储桶/前缀",
                f"'{where}' is neither a folder nor {SCHEME}://BUCKET/PREFIX",
            )
        )
    return Folder(Path(where))


Opened = tuple["StoreSource | HttpSource", Trust, Sequence[VerifierKey]]


@contextmanager
def _opened(url: str | None, trust_file: Path | None) -> Iterator[Opened]:
    """Open the source, with the root of trust that verifies its checkpoint, and the log's former keys."""
    if url is None:
        settings = Settings.read()
        signer = log_signer(settings)
        with opened(settings) as store, seen_of(settings, signer) as seen:
            folder = _cosigned(settings, seen.keys)
            found = None if folder is None else folder.latest()
            note = seen.read().note if found is None else found.note
            former = [one.vkey for one in seen.keys.former]
            yield StoreSource(store, note, folder), root_of_trust(settings, store), former
        return
    if trust_file is None:
        raise click.UsageError(
            say(
                "--url 需要 --trust：副本只收可信日志",
                "--url needs --trust: what is not verified is not copied",
            )
        )
    source = HttpSource(url)
    try:
        yield source, read_trust(trust_file), ()
    finally:
        source.close()


def _cosigned(settings: Settings, keys: LogKeys) -> CosignedFolder | None:
    """Return what witnesses have cosigned by the policy of the settings; None without one."""
    path = settings.policy_file()
    return None if path is None else CosignedFolder(cosigned_path(settings.log_key), keys, read_policy(path))


@contextmanager
def _bar(*, shown: bool) -> Iterator["tqdm[Never]"]:
    with tqdm(desc=say("导出", "exporting"), file=sys.stderr, unit="", disable=not shown) as bar:
        yield bar
