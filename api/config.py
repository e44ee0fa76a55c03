"""Settings, read once at the start from the environment and `.env`. A bad one stops the start by its name."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypeVar

from dotenv import dotenv_values

from ledger.errors import MalformedError
from ledger.identifiers import ItemId
from ledger.label_url import LabelUrl
from ledger.printing.typeface import typeface_at

T = TypeVar("T")
_ORIGIN: Final = re.compile(r"[A-Za-z0-9._:-]+(?:/[A-Za-z0-9._:-]+)*")
_MAX_ORIGIN: Final = 200
_ANY_ITEM: Final = ItemId("gbt45565", "0")


class ConfigError(Exception):
    """A setting has a value that is not allowed; the message has its name and what is, never the value."""

    def __init__(self, name: str, allowed: str) -> None:
        super().__init__(f"{name} must be {allowed}")
        self.name = name
        self.allowed = allowed


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings of docs: each is the environment variable `PACKTRACE_<NAME>`.

    Attributes:
        database_url: `sqlite:///<path>` or `postgresql://…`; may hold a password, so it is never shown.
        origin: the log's origin, which events name in `aud`.
        log_key: file of the log's key; made at the first start of an empty log.
        base_url: what QR codes point to: scheme, host and port, no path.
        witness_policy: tlog-policy file, or None.
        demo: whether this is the demonstration, which its pages then say.
        label_font: what labels are set in; None is the font that comes with the program.
    """

    database_url: str = "sqlite:///var/packtrace.db"
    origin: str = "localhost/packtrace"
    log_key: Path = Path("var/log.pem")
    base_url: str = "http://127.0.0.1:8000"
    witness_policy: Path | None = None
    demo: bool = False
    label_font: Path | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")) -> Self:
        """Return the settings of the environment; what is missing there comes from `.env`.

        Raises:
            ConfigError: a value is not allowed.
        """
        found = {name: value for name, value in dotenv_values(dotenv).items() if value} if dotenv else {}
        found |= {
            name: value for name, value in (os.environ if environ is None else environ).items() if value
        }
        read = _Reader(found)
        return cls(
            database_url=read("DATABASE_URL", _database_url, cls.database_url),
            origin=read("ORIGIN", _origin, cls.origin),
            log_key=read("LOG_KEY", _path, str(cls.log_key)),
            base_url=read("BASE_URL", _base_url, cls.base_url),
            witness_policy=read("WITNESS_POLICY", _policy, ""),
            demo=read("DEMO", _switch, "0"),
            label_font=read("LABEL_FONT", _font, ""),
        )


@dataclass(frozen=True, slots=True)
class _Reader:
    values: Mapping[str, str]

    def __call__(self, name: str, parse: Callable[[str], T], default: str) -> T:
        variable = f"PACKTRACE_{name}"
        try:
            return parse(self.values.get(variable, default))
        except _NotAllowedError as error:
            raise ConfigError(variable, str(error)) from error


class _NotAllowedError(Exception):
    """The message says what is allowed."""


def _database_url(value: str) -> str:
    backend = value.partition(":")[0].partition("+")[0]
    if backend == "sqlite" and value.startswith("sqlite:///") and not value.endswith(("/", ":memory:")):
        return value
    if backend == "postgresql" and "://" in value:
        return value
    raise _NotAllowedError("sqlite:///<file> or postgresql://<user>@<host>/<database>")


def _origin(value: str) -> str:
    if len(value) > _MAX_ORIGIN or not _ORIGIN.fullmatch(value):
        raise _NotAllowedError("a host and perhaps a path, without https:// and without a slash at its end")
    return value


def _path(value: str) -> Path:
    path = Path(value)
    if path.is_dir():
        raise _NotAllowedError("a file, not a folder")
    return path


def _base_url(value: str) -> str:
    try:
        LabelUrl.of(value, _ANY_ITEM)
    except MalformedError as error:
        raise _NotAllowedError(
            "http:// or https:// with a host and perhaps a port, without a path"
        ) from error
    return value.removesuffix("/")


def _policy(value: str) -> Path | None:
    if not value:
        return None
    if not Path(value).is_file():
        raise _NotAllowedError("a tlog-policy file that exists")
    return Path(value)


def _font(value: str) -> Path | None:
    if not value:
        return None
    try:
        return typeface_at(Path(value)).path
    except MalformedError as error:
        raise _NotAllowedError("a .ttf or .otf file of at most 32 MiB") from error


def _switch(value: str) -> bool:
    if value not in {"0", "1"}:
        raise _NotAllowedError("0 or 1")
    return value == "1"
