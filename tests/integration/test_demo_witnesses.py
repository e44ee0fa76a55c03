"""The demonstration's witnesses: three on one machine, kept from start to start, gone with the log."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from api.witnessing import send
from cli.demo.witnesses import FOLDER, NAMES, POLICY, watched
from crypto.cosignature import open_cosignatures
from ledger.cosigning.asking import Answer, WitnessFault
from ledger.policy import Policy, Witness
from ledger.witness.folder import DATABASE
from ledger.witness.request import AddCheckpoint
from tests.ledgers import LOG
from tests.panel import until
from tests.witnesses import signed

ROOT = bytes(32)


def policy_of(folder: Path) -> Policy:
    return Policy.parse((folder / POLICY).read_bytes())


def asked(witness: Witness, size: int) -> Answer:
    """Ask a witness that has cosigned nothing, as far as the sender knows."""
    return send(f"{witness.url}/add-checkpoint", AddCheckpoint.of(0, (), signed(size, ROOT)).format())


def is_gone(witness: Witness) -> bool:
    try:
        send(f"{witness.url}/healthz", None)
    except WitnessFault:
        return True
    return False


def test_they_cosign_and_remember_it_at_the_next_start(tmp_path: Path) -> None:
    with watched(tmp_path, LOG.verifier_key) as path:
        assert path == tmp_path / POLICY
        first = policy_of(tmp_path)
        for one in first.witnesses.values():
            lines = asked(one, 5).body.decode()
            assert len(open_cosignatures(signed(5, ROOT) + lines, [one.key])) == 1
    until(lambda: all(map(is_gone, first.witnesses.values())))
    with watched(tmp_path, LOG.verifier_key):
        second = policy_of(tmp_path)
        assert {asked(one, 6) for one in second.witnesses.values()} == {Answer(409, b"5\n")}
    assert [one.key for one in second.witnesses.values()] == [one.key for one in first.witnesses.values()]


def test_two_of_three_suffice_and_each_says_that_it_is_independent_of_nobody(tmp_path: Path) -> None:
    with watched(tmp_path, LOG.verifier_key):
        text = (tmp_path / POLICY).read_text("utf-8")
        policy = Policy.parse(text)
    assert "independent of nobody" in text
    assert "不独立于任何人" in text
    assert policy.logs_named(LOG.verifier_key.name) == (LOG.verifier_key,)
    assert [one.name for one in policy.beside_their_log] == [*NAMES]
    assert policy.is_met_by(NAMES[1:])
    assert not policy.is_met_by(NAMES[:1])


def test_a_witness_that_lost_its_memory_is_named_and_the_others_go_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with watched(tmp_path, LOG.verifier_key):
        pass
    lost, *sound = policy_of(tmp_path).witnesses
    (tmp_path / FOLDER / lost / DATABASE).unlink()
    with watched(tmp_path, LOG.verifier_key) as path:
        assert path is not None
        here = policy_of(tmp_path).witnesses
        assert is_gone(here[lost])
        assert {asked(here[name], 5).status for name in sound} == {200}
    assert f"goes on without its witness {lost}" in capfd.readouterr().err


@pytest.mark.parametrize("spoilt", [POLICY, f"{FOLDER}/*/{DATABASE}"])
def test_where_none_can_start_the_demonstration_goes_on_without(
    spoilt: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with watched(tmp_path, LOG.verifier_key):
        pass
    for path in tmp_path.glob(spoilt):
        path.write_text("nothing")
    with watched(tmp_path, LOG.verifier_key) as policy:
        assert policy is None
    assert "goes on without its witnesses" in capfd.readouterr().err


def test_ports_in_use_are_nobodys_trouble(tmp_path: Path) -> None:
    with ExitStack() as both:
        for name in ("one", "other"):
            both.enter_context(watched(tmp_path / name, LOG.verifier_key))
        here = [one for name in ("one", "other") for one in policy_of(tmp_path / name).witnesses.values()]
        assert {asked(one, 5).status for one in here} == {200}
        assert len({replace(one, url=None) for one in here}) == len(here)
