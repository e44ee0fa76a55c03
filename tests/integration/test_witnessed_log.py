"""A log with five witnesses of which three suffice: what it publishes, keeps and says while some fail."""

import os
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, Response

from api import create_app
from api.config import ConfigError
from api.service import Service
from api.witnessing import read_policy, send
from crypto import note
from ledger import checkpoint
from ledger.cosigning.asking import Answer
from ledger.cosigning.rounds import Pace
from ledger.logkey import seen_path
from ledger.receipt import Receipt
from ledger.sequencer.outcomes import Logged, ReadOnlyError
from ledger.verdict import Verdict
from ledger.verify import ReceiptCheck, verify_receipt
from ledger.witnessed import witnessing
from tests.loopback import serving
from tests.panel import PACE, Panel, false_witness, until
from tests.scenario import ORIGIN, Story
from tests.witnesses import COSIGNERS, TIME_S, policy_text


def size_of(text: str, panel: Panel) -> int:
    return checkpoint.open(text, [panel.log.verifier_key]).size


def test_a_checkpoint_is_published_once_a_quorum_has_cosigned(panel: Panel) -> None:
    service = panel.service()
    client = create_app(service.config, opened=service).test_client()
    story = Story()
    texts = story.founding()
    answer = client.post("/v1/events?wait=witnessed", json={"events": texts})
    [first, *_] = answer.get_json()["results"]
    receipt = Receipt.parse(first["receipt"])
    assert witnessing(receipt.checkpoint_note, panel.policy).is_met
    found = verify_receipt(first["receipt"], None, policy=panel.policy)
    assert found.checks[ReceiptCheck.WITNESSED].verdict is Verdict.OK
    until(lambda: len(witnessing(client.get("/log/checkpoint").text, panel.policy).times_s) == 5)
    assert size_of(client.get("/log/checkpoint").text, panel) == len(texts)
    told = client.get("/v1/witnesses").get_json()
    assert (told["met"], told["cosigned"]["size"]) == (True, len(texts))
    assert {one["state"] for one in told["witnesses"]} == {"ok"}
    assert client.get("/readyz").get_json()["witnesses_down"] == []
    # The cosigned checkpoint of this hour is kept for ever.
    [*_, kept] = client.get("/log/checkpoints").get_json()["checkpoints"]
    text = client.get(f"/log/checkpoints/{kept['size']}").text
    assert witnessing(text, panel.policy).is_met
    assert client.get("/log/checkpoints/999").status_code == 404
    assert client.get("/log/checkpoints/01").status_code == 404
    receipt_text = client.get(f"/v1/events/{first['id']}/receipt?wait=witnessed").text
    assert witnessing(Receipt.parse(receipt_text).checkpoint_note, panel.policy).is_met
    assert "witnesses have cosigned" in client.get("/?lang=en").text
    service.close()


def test_every_larger_tree_is_proved_to_the_witnesses_on_either_database(
    panel: Panel, database_url: str
) -> None:
    service = panel.service(database_url)
    story = Story()
    service.sequencer.submit(story.founding())
    assert service.witnesses is not None
    for text in story.enrolments()[:4]:
        [outcome] = service.sequencer.submit([text])
        assert isinstance(outcome, Logged)
        found = service.witnesses.wait_for(outcome.index, 20)
        assert found is not None
        assert found.witnessing.is_met
    service.close()


def test_the_log_goes_on_without_a_quorum_and_says_so(panel: Panel) -> None:
    service = panel.service()
    client = create_app(service.config, opened=service).test_client()
    story = Story()
    texts = story.founding()
    client.post("/v1/events?wait=witnessed", json={"events": texts})
    for number in (1, 2, 3):
        panel.stop(number)
    answer = client.post("/v1/events", json={"events": story.enrolments()})
    assert {one["result"] for one in answer.get_json()["results"]} == {"logged"}
    [*_, last] = answer.get_json()["results"]
    found = verify_receipt(last["receipt"], None, policy=panel.policy)
    assert found.checks[ReceiptCheck.WITNESSED].verdict is Verdict.UNKNOWN
    until(lambda: set(client.get("/readyz").get_json()["witnesses_down"]) == {"W1", "W2", "W3"})
    told = client.get("/v1/witnesses?lang=en").get_json()
    assert told["cosigned"]["size"] == len(texts)
    assert "W1, W2" in told["detail"]
    assert "no quorum" in told["detail"]
    assert "不足法定数" in client.get("/v1/witnesses?lang=zh").get_json()["detail"]
    assert [one["state"] for one in told["witnesses"]] == ["unreachable"] * 3 + ["ok"] * 2
    assert size_of(client.get("/log/checkpoint").text, panel) == len(texts)
    assert size_of(client.get("/log/released").text, panel) == last["index"] + 1
    assert "见证方" in client.get("/v1/witnesses?lang=zh").get_json()["detail"]
    service.close()


def test_witnesses_that_lie_lag_or_babble_cost_nothing(panel: Panel) -> None:
    panel.stop(1)
    panel.stop(2)

    def forging() -> Response:
        text = note.parse((panel.folder / "log.pem.seen").read_text("utf-8"))[0]
        return Response(COSIGNERS[0].cosign(text + "0\n", TIME_S).format())

    liar = Flask("liar")
    liar.add_url_rule("/add-checkpoint", "add", forging, methods=["POST"])
    babbler = false_witness(Response("999999\n" * 100_000, 409), "")
    with serving(liar) as first, serving(babbler) as second:
        panel.urls[:2] = [first, second]
        (panel.folder / "policy").write_text(panel.policy_text(), "utf-8")
        service = panel.service()
        client = create_app(service.config, opened=service).test_client()
        answer = client.post("/v1/events?wait=witnessed", json={"events": Story().founding()})
        [receipt, *_] = [one["receipt"] for one in answer.get_json()["results"]]
        named = set(witnessing(Receipt.parse(receipt).checkpoint_note, panel.policy).times_s)
        assert named == {"W3", "W4", "W5"}
        until(lambda: len(client.get("/readyz").get_json()["witnesses_down"]) == 2)
        states = [one["state"] for one in client.get("/v1/witnesses").get_json()["witnesses"]]
        assert states == ["forged", "malformed", "ok", "ok", "ok"]
        service.close()


def test_a_witness_that_only_claims_to_have_seen_more_stops_nothing(panel: Panel) -> None:
    panel.stop(1)
    boaster = false_witness(Response("999999\n", 409), "nothing that is signed\n")
    with serving(boaster) as url:
        panel.urls[0] = url
        (panel.folder / "policy").write_text(panel.policy_text(), "utf-8")
        service = panel.service()
        outcomes = service.sequencer.submit(Story().founding())
        assert len(outcomes) == 2
        until(lambda: "W1" in {name for name, one in standings(service).items() if one == "ahead"})
        service.sequencer.check_ready()
        service.close()


def standings(service: Service) -> dict[str, Any]:
    assert service.witnesses is not None
    return {name: one.fault for name, one in service.witnesses.folder.standings().items()}


def test_a_restored_backup_signs_nothing_where_a_witness_has_seen_more(panel: Panel) -> None:
    service = panel.service()
    story = Story()
    service.sequencer.submit(story.founding())
    service.close()
    backup = {path: path.read_bytes() for path in panel.folder.glob("l*") if path.is_file()}
    service = panel.service()
    later = story.enrolments()
    service.sequencer.submit(later)
    assert service.witnesses is not None
    assert service.witnesses.wait_for(len(later), 10) is not None
    service.close()
    # The whole disk of the log is set back, what it released included; only its witnesses remember.
    changed = {path: path.read_bytes() for path in panel.folder.glob("l*") if path.is_file()}
    for path in changed:
        path.unlink()
    for path, data in backup.items():
        path.write_bytes(data)
    service = panel.service()
    with pytest.raises(ReadOnlyError, match="witness"):
        service.sequencer.submit(later[:1])
    with pytest.raises(ReadOnlyError, match="witness"):
        service.sequencer.check_ready()
    client = create_app(service.config, opened=service).test_client()
    assert client.get("/readyz").status_code == 503
    assert client.get("/log/checkpoint").status_code == 200
    assert client.get("/log/tile/0/000.p/1").status_code == 200
    service.close()
    # The entries are put back byte for byte, and the log goes on.
    for path, data in changed.items():
        if ".contradiction" not in path.name:
            path.write_bytes(data)
    service = panel.service()
    service.sequencer.check_ready()
    assert not (panel.folder / "log.pem.contradiction").exists()
    service.close()


def test_a_log_that_is_set_back_while_it_runs_is_stopped_by_the_next_answer(panel: Panel) -> None:
    service = panel.service()
    story = Story()
    service.sequencer.submit(story.founding())
    assert service.witnesses is not None
    assert service.witnesses.wait_for(1, 10) is not None
    service.close()
    # Witness 5 has been shown another, larger tree by the same key: a second view.
    hidden = checkpoint.sign(checkpoint.Checkpoint(ORIGIN, 50, bytes(32)), panel.log)
    other = false_witness(Response("50\n", 409), hidden)
    panel.stop(5)
    with serving(other) as url:
        panel.urls[4] = url
        (panel.folder / "policy").write_text(panel.policy_text(), "utf-8")
        service = panel.service()
        with pytest.raises(ReadOnlyError, match="witness"):
            service.sequencer.submit(story.enrolments()[:1])
        service.close()
    assert (panel.folder / "log.pem.contradiction").read_text("utf-8") == hidden


def _can_lead(service: Service) -> bool:
    assert service.witnesses is not None
    held = service.witnesses.folder.lead()
    if held is not None:
        os.close(held)
    return held is not None


def test_two_processes_do_not_both_ask(panel: Panel) -> None:
    service = panel.service()
    until(lambda: not _can_lead(service))
    service.close()
    until(lambda: _can_lead(service))


def test_an_old_checkpoint_is_cosigned_again(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Pace(poll_s=0.02, grace_s=0.05, round_s=0.5, refresh_s=0.2, backoff_s=0.05)
    monkeypatch.setattr("ledger.cosigning.rounds.Pace", lambda: pace)
    service = panel.service()
    service.sequencer.submit(Story().founding())
    assert service.witnesses is not None
    found = service.witnesses.wait_for(1, 10)
    assert found is not None
    first = found.witnessing.fresh_at_s
    assert first is not None
    witnesses = service.witnesses
    until(lambda: (one := witnesses.published()) is not None and (one.witnessing.fresh_at_s or 0) > first)
    service.close()


def test_witnesses_are_asked_again_though_no_quorum_came_together(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def noting(url: str, body: bytes | None) -> Answer:
        asked.append(url)
        return send(url, body)

    monkeypatch.setattr("ledger.cosigning.rounds.Pace", lambda: replace(PACE, refresh_s=0.1))
    monkeypatch.setattr("api.witnessing.send", noting)
    for number in (1, 2, 3):
        panel.stop(number)
    service = panel.service()
    until(lambda: asked.count(f"{panel.urls[4]}/add-checkpoint") > 2)
    assert service.witnesses is not None
    assert service.witnesses.published() is None
    service.close()


@pytest.mark.parametrize("text", ["quorum W1\n", "log nobody\nquorum none\n"])
def test_a_bad_policy_stops_the_start_by_its_name(panel: Panel, text: str) -> None:
    (panel.folder / "policy").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="PACKTRACE_WITNESS_POLICY"):
        panel.service()


def test_a_policy_of_another_log_stops_the_start(panel: Panel) -> None:
    (panel.folder / "policy").write_text(policy_text(), "utf-8")
    with pytest.raises(ConfigError, match="names this log"):
        read_policy(panel.folder / "policy", panel.log.verifier_key)


def test_the_released_checkpoint_and_what_contradicts_it_lie_side_by_side(panel: Panel) -> None:
    assert seen_path(panel.folder / "log.pem").with_suffix(".contradiction").name == "log.pem.contradiction"
