"""Problems: one table of statuses, words in two languages, and nothing of the inside leaves."""

import inspect
import logging
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from api import errors
from api.errors import HTTP_STATUS, HttpError, problem_of, status_of
from crypto import errors as crypto_errors
from ledger.errors import AuthorityRefusal, ConflictError, LedgerError, RuleRefusal, StaleTipError
from ledger.sequencer import Sequencer, outcomes
from ledger.sequencer.clock import ClockError
from ledger.sequencer.outcomes import BusyError, Outcome, OutcomeUnknownError, ReadOnlyError
from ledger.store import CommitError, StoreError
from ledger.wording import Language, code_words
from tests.scenario import MAKER, pack
from tests.site import Site, problem


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A founded ledger that the tests here only read."""
    found = Site(tmp_path_factory.mktemp("site"))
    found.found()
    yield found
    found.close()


def test_every_error_of_the_writer_has_a_line_in_the_table() -> None:
    kinds = [
        kind
        for _, kind in inspect.getmembers(outcomes, inspect.isclass)
        if issubclass(kind, LedgerError) and kind.__module__ == outcomes.__name__
    ]
    assert kinds
    assert [kind for kind in kinds if not set(kind.__mro__) & set(errors.STATUS)] == []


def test_every_error_of_the_cryptography_is_the_senders() -> None:
    for kind in crypto_errors.CryptoError.__subclasses__():
        assert status_of(kind("reason")) == 400


def test_statuses_follow_the_nearest_base() -> None:
    assert status_of(RuleRefusal("lifecycle.ended", pack(1))) == 422
    assert status_of(AuthorityRefusal("key.unknown", "k")) == 403
    assert status_of(ConflictError("log.duplicate_jti", "j", event="e")) == 409
    assert status_of(StaleTipError(pack(1), {})) == 409
    assert status_of(KeyError("x")) == 500


def test_a_rule_of_http_names_its_own_status() -> None:
    assert status_of(HttpError("http.refused", status=418)) == 418
    assert all(400 <= status <= 503 for status in HTTP_STATUS.values())


def test_a_stale_event_is_told_the_tips() -> None:
    told = problem_of(StaleTipError(pack(1), {str(pack(1)): "tip", str(pack(2)): None}))
    assert told.blocking == ("tip",)
    assert told.tips == {str(pack(1)): "tip", str(pack(2)): None}


def test_what_blocks_is_named() -> None:
    refusal = RuleRefusal("transfer.open", pack(1), event="the offer", to=MAKER.id)
    assert problem_of(refusal).blocking == ("the offer",)


def test_an_unknown_error_says_nothing_of_itself() -> None:
    told = problem_of(KeyError("secret"))
    assert (told.rule, told.status, told.facts) == ("http.internal", 500, {})


def test_an_address_that_is_not_there_is_a_problem(site: Site) -> None:
    answer = site.get("/v1/nothing", Accept_Language="en")
    told = problem(answer)
    assert answer.status_code == told["status"] == 404
    assert told["type"] == "https://packs.example/problems/http.not_found"
    assert told["title"] == "Nothing here"
    assert answer.headers["Content-Language"] == "en"


@pytest.mark.parametrize(
    ("accepted", "title"),
    [
        ("zh-CN", "此处没有内容"),
        ("zh-TW,en;q=0.8", "此处没有内容"),
        ("en-US,zh;q=0.5", "Nothing here"),
        ("de", "Nothing here"),
        ("zhx,de", "Nothing here"),
        ("", "Nothing here"),
    ],
)
def test_problems_speak_the_language_asked_for(site: Site, accepted: str, title: str) -> None:
    assert problem(site.get("/v1/nothing", Accept_Language=accepted))["title"] == title


def test_the_language_chosen_in_the_address_goes_first(site: Site) -> None:
    assert problem(site.get("/v1/nothing?lang=zh-CN", Accept_Language="en"))["title"] == "此处没有内容"


def test_a_method_that_is_not_allowed_is_a_problem(site: Site) -> None:
    answer = site.client.delete("/v1/items")
    assert problem(answer)["status"] == answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_person_gets_a_page_and_a_program_a_problem(site: Site) -> None:
    page = site.get("/nothing", Accept="text/html")
    assert page.status_code == 404
    assert page.content_type == "text/html; charset=utf-8"
    assert problem(site.get("/nothing", Accept="application/json"))["status"] == 404


class _Broken(Sequencer):
    """A sequencer whose every answer is one error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def submit(self, texts: Sequence[str], *, atomic: bool = False, dry_run: bool = False) -> list[Outcome]:
        """Fail."""
        del texts, atomic, dry_run
        raise self.error

    def check_ready(self) -> None:
        """Fail."""
        raise self.error


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Site]:
    """A site whose writer may be replaced by one that fails."""
    found = Site(tmp_path)
    yield found
    found.close()


def _break(site: Site, error: Exception) -> None:
    kept = site.service
    site.app.extensions["packtrace"] = type(kept)(
        kept.config, kept.store, _Broken(error), kept.vkey, kept.clock
    )


@pytest.mark.parametrize(
    ("error", "rule", "retry"),
    [
        (BusyError(5_000, retry_after_s=7), "writer.busy", "7"),
        (ReadOnlyError("behind", "secret detail"), "writer.read_only", "5"),
        (ClockError("the clock was set", 9_000), "writer.clock", "5"),
        (OutcomeUnknownError("secret detail"), "writer.unknown_outcome", "5"),
        (CommitError("secret detail"), "writer.unknown_outcome", "5"),
        (StoreError("secret detail"), "store.failed", "5"),
    ],
)
def test_a_writer_that_cannot_write_is_503_with_a_time_to_come_back(
    broken: Site, error: Exception, rule: str, retry: str
) -> None:
    _break(broken, error)
    for answer in (broken.post_one("x"), broken.get("/readyz")):
        assert answer.status_code == 503
        assert problem(answer)["rule"] == rule
        assert answer.headers["Retry-After"] == retry
        assert "secret" not in answer.text


@pytest.mark.parametrize("error", [OutcomeUnknownError("x"), CommitError("x")])
def test_an_unknown_outcome_of_many_events_is_told_for_each(broken: Site, error: Exception) -> None:
    _break(broken, error)
    answer = broken.client.post("/v1/events", json={"events": ["a", "b"]})
    assert answer.status_code == 200
    assert [one["result"] for one in answer.get_json()["results"]] == ["unknown", "unknown"]


def test_a_defect_leaves_no_trace_outside_but_one_in_the_log(
    broken: Site, caplog: pytest.LogCaptureFixture
) -> None:
    _break(broken, ZeroDivisionError("secret detail"))
    with caplog.at_level(logging.ERROR):
        answer = broken.post_one("x")
    assert answer.status_code == 500
    assert problem(answer)["rule"] == "http.internal"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "secret detail" in caplog.text


@pytest.mark.parametrize("lang", list(Language))
def test_every_reason_to_read_only_has_words(lang: Language) -> None:
    sources = "".join(
        path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "ledger").rglob("*.py")
    )
    words = code_words("read_only", lang)
    assert len(words) >= 7
    for reason in set(re.findall(r'ReadOnlyError\(\s*"(\w+)"', sources)):
        assert reason in words
