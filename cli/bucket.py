"""A static copy of a log in object storage that speaks S3, through boto3 where that is installed.

Two exports at once need no lock there: what they add under a path is the same bytes, and the checkpoint is
replaced only where it is still the one that was read (conditional writes, `If-None-Match` and `If-Match`).
Who may write, and to which service, is told as boto3 reads it: AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL_S3, ...
"""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import click

from cli.errors import CliError
from cli.speech import say
from ledger.mirror import MirrorError

SCHEME: Final = "s3"
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_MISSING: Final = frozenset({"404", "NoSuchKey"})
_OVERTAKEN: Final = frozenset({"409", "412", "ConditionalRequestConflict", "PreconditionFailed"})
_BATCH: Final = 1000  # the service removes so many at once

Answer = dict[str, Any]
"""What the service answered, by boto3's names of its members."""


class Bucket:
    """A `Place` under a prefix of a bucket, at `s3://BUCKET/PREFIX`.

    Raises:
        click.UsageError: the address is none of these.
        CliError: boto3 is not installed, or not told where and as whom to write.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != SCHEME or not parts.netloc or parts.query or parts.fragment:
            raise click.UsageError(say(f"{url} 不是 s3://存储桶/前缀", f"{url} is not s3://BUCKET/PREFIX"))
        self._url: Final = url.rstrip("/")
        self._bucket: Final = parts.netloc
        self._prefix: Final = f"{parts.path.strip('/')}/".lstrip("/")
        self._service: Final = _Service()
        self._tags: Final = dict[str, str | None]()

    def __str__(self) -> str:
        """Return the address."""
        return self._url

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold nothing: the checkpoint is replaced only where it is still the one that was read."""
        yield

    def read(self, path: str) -> bytes | None:
        """Return an object's bytes, None where there is none."""
        try:
            found = self._ask("get_object", path)
        except _RefusedError as refused:
            if refused.code not in _MISSING:
                raise
            self._tags[path] = None
            return None
        self._tags[path] = found["ETag"]
        data: bytes = found["Body"].read()
        return data

    def add(self, path: str, data: bytes) -> None:
        """Put an object, once."""
        try:
            self._ask("put_object", path, Body=data, IfNoneMatch="*", CacheControl=_IMMUTABLE)
        except _RefusedError as refused:
            if refused.code not in _OVERTAKEN:
                raise
            if self.read(path) != data:
                raise MirrorError(
                    "damaged", f"{self}/{path} is not what the log has signed; remove it"
                ) from refused

    def replace(self, path: str, data: bytes) -> None:
        """Put an object in the place of the one that was read, or of whatever is there if none was."""
        condition = {}
        if path in self._tags:
            tag = self._tags[path]
            condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
        told = {"ContentType": "text/plain; charset=utf-8", "CacheControl": "no-cache"}
        try:
            self._ask("put_object", path, Body=data, **told, **condition)
        except _RefusedError as refused:
            if refused.code not in _OVERTAKEN | _MISSING:
                raise
            raise MirrorError("busy", f"another export has written {self}/{path}") from refused

    def names(self, folder: str) -> list[str]:
        """Return the names of the objects directly below a path."""
        return [key.rpartition("/")[2] for key in self._keys(folder)]

    def clear(self, folder: str) -> None:
        """Remove the objects directly below a path."""
        keys = [{"Key": key} for key in self._keys(folder)]
        for start in range(0, len(keys), _BATCH):
            gone = {"Objects": keys[start : start + _BATCH], "Quiet": True}
            self._service.ask("delete_objects", f"{self}/{folder}", Bucket=self._bucket, Delete=gone)

    def _keys(self, folder: str) -> Iterator[str]:
        below = {"Bucket": self._bucket, "Prefix": f"{self._prefix}{folder}/", "Delimiter": "/"}
        page: dict[str, str] = {}
        while True:
            found = self._service.ask("list_objects_v2", f"{self}/{folder}", **below, **page)
            yield from (one["Key"] for one in found.get("Contents", ()))
            if not found["IsTruncated"]:
                return
            page = {"ContinuationToken": found["NextContinuationToken"]}

    def _ask(self, operation: str, path: str, **members: object) -> Answer:
        named = {"Bucket": self._bucket, "Key": self._prefix + path}
        return self._service.ask(operation, f"{self}/{path}", **named, **members)


class _RefusedError(MirrorError):
    """The service has answered with an error: `code` is its word for it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__("disk", detail)
        self.code = code


class _Service:
    """What speaks to the service, with boto3's errors turned into ours."""

    def __init__(self) -> None:
        try:
            # Only who copies to object storage needs it (requirements-s3.txt).
            boto3 = importlib.import_module("boto3")
            self._errors: Any = importlib.import_module("botocore.exceptions")
        except ImportError as error:
            raise CliError(
                say(
                    "写入对象存储需要 boto3：pip install --require-hashes -r requirements-s3.txt",
                    "object storage needs boto3: pip install --require-hashes -r requirements-s3.txt",
                )
            ) from error
        try:
            self._client: Any = boto3.client("s3")
        except (self._errors.BotoCoreError, ValueError) as error:
            raise CliError(say(f"对象存储：{error}", f"object storage: {error}")) from error

    def ask(self, operation: str, where: str, **members: object) -> Answer:
        """Return the service's answer.

        Raises:
            MirrorError: `disk`, it refuses (with its `code`), or cannot be reached.
        """
        try:
            answer: Answer = getattr(self._client, operation)(**members)
        except self._errors.ClientError as error:
            raise _RefusedError(error.response["Error"]["Code"], f"{where}: {error}") from error
        except self._errors.BotoCoreError as error:
            raise MirrorError("disk", f"{where}: {error}") from error
        return answer
