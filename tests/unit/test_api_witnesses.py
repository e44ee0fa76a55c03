"""What a site says of its witnesses: none, none yet, and what is no address of a kept checkpoint."""

from contextlib import closing
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from api.witnessing import Witnesses, read_policy, send
from crypto.cosignature import Cosigner
from crypto.note import NoteSigner
from ledger.cosigning.asking import WitnessFault
from ledger.cosigning.folder import CosignedFolder, Standing
from ledger.cosigning.rounds import LATE_S, Cosigning, Pace
from ledger.logkey import cosigned_path, seen_path
from ledger.logkeys import LogKeys
from ledger.policy import Policy
from ledger.sequencer.seen import Seen
from tests.dripping import dripping
from tests.ledgers import LOG
from tests.loopback import serving
from tests.scenario import ORIGIN
from tests.site import Site, problem
from tests.unit.test_pages import NEVER_RECORDED
from tests.witnesses import COSIGNERS, TIME_S, cosigned, policy_text


def watch(site: Site, policy: Policy, now_s: int = TIME_S) -> None:
    """Have the witnesses of a policy watch a site; none of them is asked anything."""
    vkey, log_key = site.service.vkey, site.config.log_key
    folder = CosignedFolder(cosigned_path(log_key), LogKeys(vkey), policy)
    with closing(Seen(seen_path(log_key), vkey)) as seen:
        rounds = Cosigning(
            policy,
            folder,
            seen,
            prove=lambda *_: (),
            root_at=lambda _: None,
            send=send,
            now_s=lambda: now_s,
        )
    object.__setattr__(site.service, "witnesses", Witnesses(policy, folder, rounds))


def test_a_log_without_witnesses_says_so(tmp_path: Path) -> None:
    site = Site(tmp_path)
    told = site.get("/v1/witnesses?lang=en").get_json()
    assert (told["quorum"], told["witnesses"]) == (None, [])
    assert "No witnesses" in told["detail"]
    assert site.get("/log/released").data == site.get("/log/checkpoint").data
    assert site.get("/log/checkpoints").get_json() == {"checkpoints": [], "next": -1}
    for size in ("0", "5", "-1", "x", "9" * 30):
        assert site.get(f"/log/checkpoints/{size}").status_code == 404
    assert site.get("/log/checkpoints?limit=0").status_code == 400
    assert site.get("/v1/witnesses?wait=1").status_code == 400
    answer = site.get("/v1/policy")
    assert (answer.status_code, problem(answer)["rule"]) == (404, "policy.none")
    site.close()


def test_a_policy_that_nobody_has_met_yet_is_told_and_the_log_is_served(tmp_path: Path) -> None:
    first = Site(tmp_path)
    vkey = first.service.vkey
    first.close()
    log = NoteSigner(ORIGIN, LOG.signer)
    text = policy_text().replace(log.verifier_key.format(), vkey.format())
    (tmp_path / "policy").write_text(text, "utf-8")
    site = Site(tmp_path)
    policy = read_policy(tmp_path / "policy", vkey)
    watch(site, policy)
    told = site.get("/v1/witnesses?lang=en").get_json()
    assert (told["met"], told["quorum"], told["cosigned"]) == (False, "all-of-them", None)
    assert {one["state"] for one in told["witnesses"]} == {"no_url"}
    assert "No checkpoint has been cosigned yet" in told["detail"]
    assert site.get("/log/checkpoint").status_code == 200
    assert Policy.parse(site.get("/v1/policy").data) == policy
    assert site.get("/readyz").get_json()["cosigned"] is None
    site.found()
    event = site.get("/v1/events?limit=1").get_json()["events"][0]["id"]
    assert site.get(f"/v1/events/{event}/receipt?wait=nothing").status_code == 400
    assert site.get("/v1/events/nothing/receipt").status_code == 404
    site.close()


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "independent of nobody"), ("zh-CN", "不独立于任何人")], ids=["en", "zh"]
)
def test_a_witness_on_the_machine_of_its_log_is_said_to_be_independent_of_nobody(
    tmp_path: Path, lang: str, said: str
) -> None:
    site = Site(tmp_path)
    site.found()
    addresses = ("/", "/audit", f"/p/{NEVER_RECORDED.code}")
    for host, expected in (("localhost", True), ("localhost.example", False)):
        one = Cosigner(f"{host}/w", COSIGNERS[0].signer)
        watch(site, Policy.parse(policy_text([one], 1)))
        pages = [site.get(f"{address}?lang={lang}").get_data(as_text=True) for address in addresses]
        pages.append(site.get(f"/v1/witnesses?lang={lang}").get_json()["detail"])
        assert [said in page for page in pages] == [expected] * len(pages)
    site.close()


def test_a_damaged_checkpoint_that_was_kept_is_a_fault_of_the_server_and_not_cached(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.found()
    watch(site, Policy.parse(policy_text(log=NoteSigner(ORIGIN, LOG.signer))))
    assert site.service.witnesses is not None
    released = site.service.sequencer.released()
    site.service.witnesses.folder.publish(cosigned(released.note, *COSIGNERS[:3]), TIME_S)
    address = f"/log/checkpoints/{released.checkpoint.size}"
    answer = site.get(address)
    assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, True)
    [path] = cosigned_path(site.config.log_key).glob("kept/*/*")
    for damage in ("", answer.text.replace("W", "V"), answer.text[:-3] + "A=\n"):
        path.write_text(damage, "utf-8")
        answer = site.get(f"{address}?lang=en")
        assert (answer.status_code, problem(answer)["rule"]) == (503, "cosigned.damaged")
        assert answer.headers["Cache-Control"] == "no-store"
        assert site.get("/audit").status_code == 200
    site.close()


def test_a_policy_of_no_quorum_publishes_what_is_released(tmp_path: Path) -> None:
    site = Site(tmp_path)
    policy = Policy.parse("quorum none")
    watch(site, policy)
    site.found()
    assert site.get("/log/checkpoint").data == site.get("/log/released").data
    site.close()


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "not cosigned again in time"), ("zh-CN", "未按时再次联署")], ids=["en", "zh"]
)
def test_a_witness_that_has_not_cosigned_again_in_time_is_late(tmp_path: Path, lang: str, said: str) -> None:
    site = Site(tmp_path)
    site.found()
    due_s = int(Pace().refresh_s + LATE_S)
    urls = [f"http://{number}.example" for number in range(5)]
    watch(site, Policy.parse(policy_text(urls=urls)), TIME_S + due_s + 1)
    assert site.service.witnesses is not None
    told = {
        "W1": Standing(5, TIME_S, None, TIME_S),
        "W2": Standing(5, TIME_S, None, TIME_S + 1),
        "W3": Standing(5, TIME_S, "refused", TIME_S + due_s),
    }
    site.service.witnesses.folder.tell(told)
    found = site.get(f"/v1/witnesses?lang={lang}").get_json()["witnesses"]
    assert [one["state"] for one in found] == ["late", "ok", "refused", "never", "never"]
    assert said in found[0]["detail"]
    assert said in site.get(f"/audit?lang={lang}").get_data(as_text=True)
    assert site.get("/readyz").get_json()["witnesses_down"] == ["W1", "W3"]
    site.close()


def test_a_witness_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(WitnessFault, match="unreachable"):
        send("http://127.0.0.1:1/add-checkpoint", b"x")


@pytest.mark.parametrize(
    "beginning",
    [
        b"HTTP/1.1 200 O",
        b"HTTP/1.1 200 OK\r\nX-A: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 409 Conflict\r\nConnection: close\r\n\r\n",
    ],
    ids=["first line", "head", "body", "body to the end", "closing"],
)
def test_a_witness_that_drips_is_left_when_its_time_is_over(beginning: bytes) -> None:
    with dripping(beginning) as server:
        with pytest.raises(WitnessFault, match="CutOffError"):
            send(f"{server.url}/add-checkpoint", b"x", total_s=0.15)
        assert server.left.wait(10)


def test_a_witness_that_drips_its_greeting_of_tls_is_left_as_well() -> None:
    with dripping(b"\x16\x03\x03\x40\x00") as server:
        with pytest.raises(WitnessFault, match="CutOffError"):
            send(server.url.replace("http:", "https:"), b"x", total_s=0.15)
        assert server.left.wait(10)


def test_what_a_thread_asks_after_a_request_that_was_cut_off_goes_through() -> None:
    def answer(_environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        start("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    with serving(answer) as url, dripping(b"HTTP/1.1 200 OK\r\n") as server:
        assert send(url, b"x").body == b"ok"
        with pytest.raises(WitnessFault):
            send(server.url, b"x", total_s=0.1)
        assert send(url, b"x").body == b"ok"
        assert send(url, None).body == b"ok"
