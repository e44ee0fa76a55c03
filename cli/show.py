"""`packtrace show`: an item's state and history in words."""

from pathlib import Path
from typing import Any, Final

import click

from cli.client import Client, path_of
from cli.commands import json_option, print_json, url_option, write_text
from cli.naming import code_word, item_named, words
from cli.readers import reader_of
from cli.settings import DEFAULT_URL
from cli.speech import say, spoken
from ledger.wording import aside, join, mass


@click.command()
@click.argument("item", metavar="ID")
@url_option(default=DEFAULT_URL, help_text="The ledger.")
@click.option("--receipt", type=click.Path(path_type=Path), help="Save the receipt of its latest event here.")
@click.option(
    "--keys", type=click.Path(path_type=Path), help="Save the key bundle here, to verify receipts with."
)
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path),
    help="A key of a firm: shows what that firm concealed.",
)
@click.option("--base-url", help="What the server calls itself, where that is not --url.")
@json_option
def show(
    *,
    item: str,
    url: str,
    receipt: Path | None,
    keys: Path | None,
    key_file: Path | None,
    base_url: str | None,
    as_json: bool,
) -> None:
    """Show an item: what and where it is, and who signed what about it.

    ID is an item id, a bare code, a scanned code in any shape, or an organisation (org:…).
    """
    client = Client(url)
    wanted = item_named(item)
    place = path_of(wanted)
    state = client.get(place)
    events: list[dict[str, Any]] = list(client.listed(f"{place}/events", "events"))
    if key_file is not None:
        events = _revealed(client, events, key_file, base_url or client.url)
    if receipt is not None:
        write_text(receipt, client.get_text(f"/v1/events/{events[-1]['id']}/receipt"))
    if keys is not None:
        write_text(keys, client.get_text("/v1/keys"))
    if as_json:
        print_json({"id": str(wanted), "item": state, "events": events})
        return
    lines = _organisation_lines(state) if wanted.is_org else _item_lines(state)
    for line in [*lines, "", *(line for event in events for line in _event_lines(event))]:
        click.echo(line)
    for saved in (receipt, keys):
        if saved is not None:
            click.echo(say(f"已保存 {saved}", f"saved {saved}"))


def _revealed(
    client: Client, events: list[dict[str, Any]], key_file: Path, base_url: str
) -> list[dict[str, Any]]:
    reader = reader_of(client, key_file, base_url)
    return [
        client.get(f"/v1/events/{event['id']}", reader) if event["iss"] == str(reader.org) else event
        for event in events
    ]


def _item_lines(answer: dict[str, Any]) -> list[str]:
    state = answer["state"]
    rows = [
        (say("编号", "id"), answer["id"]),
        (say("种类", "kind"), code_word("kind", state["kind"])),
        (say("阶段", "phase"), _phase(state)),
        (say("型号", "model"), state.get("model", "")),
        (say("质量", "mass"), mass(state["mass_g"]) if state.get("mass_g") else ""),
        (say("余量", "left"), mass(state["remaining_g"]) if "remaining_g" in state else ""),
        (say("材料", "material"), code_word("material", state["lot"]["material"]) if "lot" in state else ""),
        (say("保管方", "custodian"), _party(answer["custodian"])),
        (say("所有方", "owner"), _party(answer["owner"])),
        (say("责任方", "operator"), _party(answer["operator"])),
        (say("位于", "inside"), join(answer["inside"], spoken())),
        (say("存疑", "in doubt"), _doubt(answer)),
        (say("标记", "flags"), words("flag", state.get("flags", []))),
        (say("境外", "abroad"), state.get("abroad", "")),
        (say("待接收", "offered to"), state["offer"]["to"] if "offer" in state else ""),
    ]
    return [f"{name}\t{value}" for name, value in rows if value]


def _doubt(answer: dict[str, Any]) -> str:
    if not answer["amber"]:
        return ""
    return say(
        "历史中有记录由已失窃的密钥签名，所属企业尚未确认",
        "an event of its history is signed with a stolen key and not confirmed",
    )


def _organisation_lines(state: dict[str, Any]) -> list[str]:
    return [
        f"{say('编号', 'id')}\t{state['id']}",
        f"{say('名称', 'name')}\t{say(state['name_zh'], state['name_en'])}",
        f"{say('角色', 'roles')}\t{words('role', state['roles'])}",
        *([say("状态\t已暂停", "state\tsuspended")] if state.get("suspended") else []),
    ]


def _phase(state: dict[str, Any]) -> str:
    ended = aside(code_word("ending", state["ended_by"]), spoken()) if "ended_by" in state else ""
    used = aside(code_word("application", state["application"]), spoken()) if "application" in state else ""
    return f"{code_word('phase', state['phase'])}{ended}{used}"


def _party(party: dict[str, Any]) -> str:
    return _name(party["organisation"]) or code_word("party", party["id"])


def _name(organisation: dict[str, Any] | None) -> str:
    return "" if organisation is None else say(organisation["name_zh"], organisation["name_en"])


def _event_lines(event: dict[str, Any]) -> list[str]:
    mark = say("  [签名密钥已失窃，待确认]", "  [key compromised, to be confirmed]") if event["amber"] else ""
    name = _name(event["issuer"]) or event["iss"]
    restricted = [f"      {claim}: {value}" for claim, value in sorted(event.get("restricted", {}).items())]
    return [
        f"#{event['index']}  {event['at']}  {code_word('event', event['event'])}  {name}{mark}",
        f"      {event['id']}",
        *(line if len(line) <= _MOST else f"{line[:_MOST]} …" for line in restricted),
    ]


_MOST: Final = 160
