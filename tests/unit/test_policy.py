"""Policies are read strictly, and say of a set of witnesses whether it suffices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.policy import MalformedPolicyError, Policy
from tests.ledgers import LOG
from tests.witnesses import COSIGNERS, policy_text

KEYS = [each.key.format() for each in COSIGNERS]
LOG_LINE = f"log {LOG.verifier_key.format()}"
W1, W2, W3, W4, W5 = (f"witness W{number} {key}" for number, key in enumerate(KEYS, 1))
# The example of C2SP tlog-policy: two of the X and one of the Y.
TWO_LEVELS = "\n".join(
    [
        LOG_LINE,
        "",
        "witness X1 " + KEYS[0],
        "witness X2 " + KEYS[1],
        "\twitness  X3\t" + KEYS[2],
        "group X-witnesses 2 X1 X2 X3",
        "  # 两家审计机构",
        "witness Y1 " + KEYS[3] + " https://witness.example/y1/",
        "witness Y2 " + KEYS[4],
        "group Y-witnesses any Y1 Y2",
        "group X-and-Y all X-witnesses Y-witnesses",
        "quorum X-and-Y",
        "",
    ]
)


@pytest.mark.parametrize(
    ("names", "met"),
    [
        ("", False),
        ("X1 X2 X3", False),
        ("Y1 Y2", False),
        ("X1 Y1", False),
        ("X1 X3 Y2", True),
        ("X1 X2 X3 Y1 Y2", True),
        ("X-and-Y", False),
        ("X-witnesses Y-witnesses", False),
        ("X1 X1 Y1 Z9", False),
    ],
)
def test_groups_of_groups_count_as_the_example_says(names: str, met: bool) -> None:  # noqa: FBT001  a table
    assert Policy.parse(TWO_LEVELS).is_met_by(names.split()) == met


def test_a_policy_is_written_as_one_that_is_equal() -> None:
    policy = Policy.parse(TWO_LEVELS)
    assert Policy.parse(policy.format()) == policy
    assert Policy.parse("quorum none").format() == "quorum none\n"


def test_a_policy_tells_its_logs_witnesses_and_urls() -> None:
    policy = Policy.parse(TWO_LEVELS.encode())
    assert policy.logs_named(LOG.name) == (LOG.verifier_key,)
    assert policy.logs_named("other.example") == ()
    assert [each.key for each in COSIGNERS] == list(policy.keys)
    assert policy.witnesses["Y1"].url == "https://witness.example/y1"
    assert policy.witnesses["X1"].url is None
    assert policy.name_of(COSIGNERS[2].key) == "X3"
    assert policy.demands_witnesses


def test_a_quorum_of_none_demands_nothing() -> None:
    policy = Policy.parse("quorum none")
    assert not policy.demands_witnesses
    assert policy.is_met_by(())


def test_a_quorum_may_be_one_witness() -> None:
    policy = Policy.parse(f"{W1}\nquorum W1\n")
    assert policy.is_met_by(["W1"])
    assert not policy.is_met_by(["W2"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no quorum line"),
        (f"{W1}\n", "no quorum line"),
        ("quorum none\nquorum none", "line 2: there is a quorum line already"),
        ("quorum", "one name"),
        ("quorum W1", "no line before this one defines W1"),
        (f"quorum W1\n{W1}", "line 1: no line before"),
        (f"{W1}\n{W1}\nquorum none", "line 2: the name W1 is taken"),
        (f"{W1}\nwitness W2 {KEYS[0]}\nquorum none", "another witness already"),
        (f"{LOG_LINE}\n{LOG_LINE}\nquorum none", "another log already"),
        (f"witness none {KEYS[0]}\nquorum none", "the name none is taken"),
        (f"witness W1 {LOG.verifier_key.format()}\nquorum none", "not of type 0x04 or 0x06"),
        (f"log {KEYS[0]}\nquorum none", "not of type 0x01"),
        ("witness W1\nquorum none", "a name, a vkey"),
        ("log\nquorum none", "a vkey and perhaps"),
        (f"{W1} ftp://x\nquorum none", "http"),
        (f"{W1} http://user@x/\nquorum none", "http"),
        (f"{W1} http://x/?a\nquorum none", "http"),
        (f"{W1}\ngroup g 0 W1\nquorum g", "threshold"),
        (f"{W1}\ngroup g 2 W1\nquorum g", "threshold"),
        (f"{W1}\ngroup g 01 W1\nquorum g", "threshold"),
        (f"{W1}\ngroup g most W1\nquorum g", "threshold"),
        (f"{W1}\ngroup g all\nquorum g", "and its members"),
        (f"{W1}\ngroup g all none\nquorum g", "defines none"),
        (f"{W1}\ngroup g all g\nquorum g", "defines g"),
        (f"{W1}\ngroup g all W1 W1\nquorum g", "member of a group already"),
        (f"{W1}\ngroup g all W1\ngroup h all W1\nquorum h", "member of a group already"),
        (f"{W1}\ngroup W1 all W1\nquorum W1", "is taken"),
        ("Quorum none", "begins with"),
        ("quorum none\r\n", "control characters"),
        ("quorum none \x7f", "control characters"),
        ("quorum none # no comment", "one name"),
        (f"witness W\u200b1 {KEYS[0]}\nquorum none", "printable"),
    ],
)
def test_a_bad_policy_is_refused_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(MalformedPolicyError, match=reason):
        Policy.parse(text)


def test_bytes_that_are_not_utf8_and_endless_files_are_refused() -> None:
    with pytest.raises(MalformedPolicyError, match="UTF-8"):
        Policy.parse(b"# \xff\nquorum none\n")
    with pytest.raises(MalformedPolicyError, match="at most"):
        Policy.parse(b"#" * 1_000_001)


def test_no_more_groups_than_the_bound_are_taken() -> None:
    groups = "\n".join(["group g0 all W1", *(f"group g{n} all g{n - 1}" for n in range(1, 257))])
    with pytest.raises(MalformedPolicyError, match="at most 256 groups"):
        Policy.parse(f"{W1}\n{groups}\nquorum g1")


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_arbitrary_text_is_a_policy_or_refused(data: bytes | str) -> None:
    try:
        Policy.parse(data)
    except MalformedPolicyError:
        return
    assert b"quorum" in (data if isinstance(data, bytes) else data.encode())


@given(st.sets(st.integers(min_value=1, max_value=5)), st.integers(min_value=1, max_value=5))
def test_a_threshold_is_a_threshold(present: set[int], threshold: int) -> None:
    policy = Policy.parse(policy_text(threshold=threshold))
    assert policy.is_met_by([f"W{number}" for number in present]) == (len(present) >= threshold)
