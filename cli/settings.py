"""The configuration as the command reads it: environment variables, or a `.env` file in the current folder.

The names and defaults are those of the server; `environment` hands the values on to it.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from dotenv import dotenv_values

from cli.errors import CliError
from cli.speech import say

DATABASE_URL: Final = "PACKTRACE_DATABASE_URL"
ORIGIN: Final = "PACKTRACE_ORIGIN"
LOG_KEY: Final = "PACKTRACE_LOG_KEY"
BASE_URL: Final = "PACKTRACE_BASE_URL"
DEMO: Final = "PACKTRACE_DEMO"
WITNESS_POLICY: Final = "PACKTRACE_WITNESS_POLICY"
DEFAULT_ORIGIN: Final = "localhost/packtrace"
DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8000
DEFAULT_URL: Final = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"
_DEFAULT_DATABASE: Final = "sqlite:///var/packtrace.db"
_DEFAULT_LOG_KEY: Final = "var/log.pem"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the ledger is, what it is called, who witnesses it. `base_url` is what labels point to."""

    database_url: str
    origin: str
    log_key: Path
    base_url: str
    demo: bool
    witness_policy: Path | None = None

    @classmethod
    def read(cls, default_base_url: str = DEFAULT_URL) -> Self:
        """Return the settings of the environment; what it does not have is taken from `.env`.

        Raises:
            CliError: a value that is not allowed, with its name.
        """
        told = {name: value for name, value in {**dotenv_values(".env"), **os.environ}.items() if value}
        demo = told.get(DEMO, "0")
        if demo not in {"0", "1"}:
            raise CliError(say(f"{DEMO} 只能是 0 或 1", f"{DEMO} must be 0 or 1"))
        return cls(
            database_url=told.get(DATABASE_URL, _DEFAULT_DATABASE),
            origin=told.get(ORIGIN, DEFAULT_ORIGIN),
            log_key=Path(told.get(LOG_KEY, _DEFAULT_LOG_KEY)),
            base_url=told.get(BASE_URL, default_base_url),
            demo=demo == "1",
            witness_policy=Path(told[WITNESS_POLICY]) if WITNESS_POLICY in told else None,
        )

    @property
    def sqlite(self) -> bool:
        """Whether the database is an SQLite file, which one process writes alone."""
        return self.database_url.startswith("sqlite")

    def policy_file(self) -> Path | None:
        """Return the file of the policy, None where none is named; raises CliError where it is not there."""
        if self.witness_policy is not None and not self.witness_policy.is_file():
            raise CliError(
                say(
                    f"{WITNESS_POLICY}：没有文件 {self.witness_policy}",
                    f"{WITNESS_POLICY}: there is no file {self.witness_policy}",
                )
            )
        return self.witness_policy

    def environment(self) -> dict[str, str]:
        """Return the variables under which the server has the same settings."""
        return {
            DATABASE_URL: self.database_url,
            ORIGIN: self.origin,
            LOG_KEY: str(self.log_key),
            BASE_URL: self.base_url,
            DEMO: str(int(self.demo)),
            **({WITNESS_POLICY: str(self.witness_policy)} if self.witness_policy else {}),
        }
