"""What every test may ask for: a database of either kind, and one strictness of hypothesis."""

import os
from collections.abc import Generator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest
from hypothesis import settings

from tests.postgres import PostgresUnavailableError, fresh_database, running_server

# Tours of the whole product, and tests that go over the same lines with many examples: folders, long files.
UNCOUNTED: Final = frozenset(
    {
        *("browser", "e2e", "property", "stories"),
        *("test_audit_live", "test_faults", "test_importing_tables", "test_machine", "test_rebuild"),
    }
)
IN_CI: Final = os.environ.get("CI", "").lower() in {"1", "true"}

# CI tries the same examples at every run: a red run is then due to the change it runs on. No deadline there:
# coverage and a neighbour on two cores make one example slow now and then, which says nothing about the code.
settings.register_profile(
    "ci", max_examples=100, derandomize=True, database=None, deadline=None, print_blob=True
)
# At the desk examples differ from run to run, so that together the runs try many.
settings.register_profile("dev", max_examples=50, deadline=timedelta(seconds=2), print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if IN_CI else "dev"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Run PostgreSQL for this worker's session; the URL of its maintenance database."""
    try:
        with running_server() as url:
            yield url
    except PostgresUnavailableError as error:
        go_without(str(error))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of an empty database of each kind, gone after the test."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.db'}"
    else:
        with fresh_database(request.getfixturevalue("postgres_url")) as url:
            yield url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Return the URL of a database of each kind, which the tests of one module share."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'ledger.db'}"
    else:
        with fresh_database(request.getfixturevalue("postgres_url")) as url:
            yield url


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every command run in an empty folder, in English, with no setting of this machine."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("PACKTRACE_") or name in {"LC_ALL", "LC_MESSAGES", "LANG"}:
            monkeypatch.delenv(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Count no lines in tests that go over counted ones again: counting makes a test twice as long."""
    plugin: Any = item.config.pluginmanager.getplugin("_cov")
    controller = plugin and plugin.cov_controller
    if controller is None or not goes_over(item):
        return (yield)
    controller.pause()
    try:
        return (yield)
    finally:
        controller.resume()


def goes_over(item: pytest.Item) -> bool:
    """Whether a test is a tour, tries many examples, or is a second run on the other database."""
    given = getattr(item, "callspec", None)
    is_second = given is not None and "postgresql" in given.params.values()
    return is_second or not UNCOUNTED.isdisjoint({item.path.parent.name, item.path.stem})


def go_without(reason: str) -> NoReturn:
    """Skip the test for this one-line reason; in CI, where nothing may be left out unseen, fail it."""
    if IN_CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
