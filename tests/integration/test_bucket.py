"""A static copy in object storage, held by another project's server that speaks S3."""

import importlib
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import boto3  # type: ignore[import-untyped]  # it has no types
import click
import pytest
import requests
from click.testing import CliRunner
from moto.server import ThreadedMotoServer

from cli import main
from cli.bucket import Bucket
from cli.errors import CliError
from ledger.audit.source import Source
from ledger.mirror import Folder, MirrorError, export
from ledger.tiles import entries_path, tile_path
from tests.ledgers import opened
from tests.live import serving
from tests.scenario import pack
from tests.unit.test_mirror import LOG, Stopping, files, source

REGION: Final = "cn-north-1"
PUBLIC: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": "arn:aws-cn:s3:::copies/*",
        }
    ],
}
"""The policy of a bucket that everybody may read."""


class Storage:
    """The bucket `copies`, by that server's own client."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client: Any = boto3.client("s3")

    def objects(self, prefix: str = "log/") -> dict[str, bytes]:
        """Return the objects below a prefix."""
        held = self.client.list_objects_v2(Bucket="copies", Prefix=prefix).get("Contents", ())
        return {
            one["Key"].removeprefix(prefix): self.client.get_object(**self._named(one["Key"]))["Body"].read()
            for one in held
        }

    def lifetime(self, path: str) -> str:
        """Return what caches are told of an object."""
        return str(self.client.head_object(**self._named(path))["CacheControl"])

    def put(self, path: str, data: bytes) -> None:
        """Put an object."""
        self.client.put_object(**self._named(path), Body=data)

    def remove(self, path: str) -> None:
        """Remove an object."""
        self.client.delete_object(**self._named(path))

    def _named(self, path: str) -> dict[str, str]:
        return {"Bucket": "copies", "Key": path}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server that speaks S3."""
    started = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    started.start()
    host, port = started.get_host_and_port()
    yield f"http://{host}:{port}"
    started.stop()


@pytest.fixture
def storage(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """The storage with an empty bucket, and settings that lead to it."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "their secret",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL_S3": server,
    }.items():
        monkeypatch.setenv(name, value)
    found = Storage(server)
    found.client.create_bucket(Bucket="copies", CreateBucketConfiguration={"LocationConstraint": REGION})
    found.client.put_bucket_policy(Bucket="copies", Policy=json.dumps(PUBLIC))
    yield found
    for path in found.objects(""):
        found.remove(path)
    found.client.delete_bucket(Bucket="copies")


def test_a_copy_in_a_bucket_holds_what_one_in_a_folder_does(storage: Storage, tmp_path: Path) -> None:
    older = [source(size).note for size in (5, 300)]  # each is kept as soon as the copy is as large
    for size in (1, 255, 256, 700):
        for place in (Bucket("s3://copies/log"), Folder(tmp_path)):
            export(source(size), place, LOG.verifier_key, kept=lambda _: older)
        assert storage.objects() == files(tmp_path)
    assert {"checkpoints/5", "checkpoints/300", tile_path(1, 0, 2)} <= storage.objects().keys()
    # What had a full one made beside it is gone.
    assert not [path for path in storage.objects() if path.startswith(f"{tile_path(0, 0)}.p/")]


def test_a_bucket_serves_tiles_for_ever_and_the_checkpoint_fresh(storage: Storage) -> None:
    export(source(300), Bucket("s3://copies"), LOG.verifier_key)
    told = {path: storage.lifetime(path) for path in ("checkpoint", tile_path(0, 0), entries_path(0))}
    assert told["checkpoint"] == "no-cache"
    assert all("immutable" in told[path] for path in told if path != "checkpoint")


def test_an_export_to_a_bucket_stopped_anywhere_can_be_repeated(storage: Storage) -> None:
    place = "s3://copies/log"
    export(source(300), Bucket(place), LOG.verifier_key)
    before = storage.objects()["checkpoint"]
    ended, left = False, 0
    while not ended:
        assert storage.objects()["checkpoint"] == before
        with suppress(ConnectionError):
            export(Stopping(source(900), left), Bucket(place), LOG.verifier_key)
            ended = True
        left += 1
    assert left > 3
    export(source(900), Bucket("s3://copies/once"), LOG.verifier_key)
    assert storage.objects("once/").items() <= storage.objects().items()


def test_of_two_exports_at_once_one_is_told_that_it_came_late(storage: Storage) -> None:
    class Overtaken(Stopping):
        def tile(self, path: str) -> bytes:
            """Let another export go by before the first tile."""
            if self.left == 1000:
                export(source(900), Bucket("s3://copies"), LOG.verifier_key)
            return super().tile(path)

    for before in (0, 300):
        if before:
            export(source(before), Bucket("s3://copies"), LOG.verifier_key)
        late: Source = Overtaken(source(600), 1000)
        with pytest.raises(MirrorError) as caught:
            export(late, Bucket("s3://copies"), LOG.verifier_key)
        assert caught.value.reason == "busy"
        assert storage.objects("")["checkpoint"] == source(900).note.encode()
        storage.remove("checkpoint")


def test_an_object_that_another_made_is_never_replaced(storage: Storage) -> None:
    storage.put(entries_path(0), b"something else")
    with pytest.raises(MirrorError, match="remove it") as caught:
        export(source(300), Bucket("s3://copies"), LOG.verifier_key)
    assert caught.value.reason == "damaged"
    assert storage.objects("")[entries_path(0)] == b"something else"


def test_what_the_storage_refuses_is_told_with_its_place(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MirrorError, match=r"s3://absent/log/checkpoint.*NoSuchBucket") as caught:
        export(source(3), Bucket("s3://absent/log"), LOG.verifier_key)
    assert caught.value.reason == "disk"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(MirrorError, match=r"s3://copies/checkpoint.*127\.0\.0\.1:9"):
        export(source(3), Bucket("s3://copies"), LOG.verifier_key)
    assert storage.objects("") == {}


@pytest.mark.parametrize("url", ["s3://", "s3:///log", "s3:copies", "s3://copies/log?x=1"])
def test_an_address_without_a_bucket_is_refused(url: str) -> None:
    with pytest.raises(click.UsageError, match="BUCKET"):
        Bucket(url)


def test_without_the_library_the_command_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(CliError, match=r"requirements-s3\.txt"):
        Bucket("s3://copies")


def test_a_region_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "no address")
    with pytest.raises(CliError, match="no address"):
        Bucket("s3://copies")


def test_the_command_copies_a_server_into_a_bucket_that_an_auditor_reads_over_http(
    storage: Storage, database_url: str, tmp_path: Path
) -> None:
    pinned = tmp_path / "trust.json"
    with serving(database_url, tmp_path) as live:
        story = opened(live.ledger)
        live.ledger.log([story.pack_manufactured(pack(1))])
        pinned.write_text(requests.get(f"{live.url}/v1/trust", timeout=10).text)
        told = CliRunner().invoke(
            main, ["export", "tiles", "s3://copies/log", "--url", live.url, "--trust", str(pinned), "--json"]
        )
        size = live.ledger.size
    assert json.loads(told.stdout)["size"] == size
    assert json.loads(storage.objects()["trust.json"]) == json.loads(pinned.read_text())
    asked = ["audit", f"{storage.url}/copies", "--trust", str(pinned), "--no-items", "--json"]
    audited = CliRunner().invoke(main, asked)
    assert audited.exit_code == 0, audited.output
