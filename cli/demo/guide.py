"""What to look at once the demonstration is there, in both languages."""

from pathlib import Path
from typing import Final

from cli.demo.build import Plan
from cli.demo.witnesses import POLICY
from cli.settings import DEFAULT_URL
from ledger.identifiers import ItemId
from ledger.wording import Language

_COLUMN: Final = 52
# What is to be seen on each sample's page; in this order, as far as the story has them.
_SAMPLES: Final = (
    ("split", "一生：出厂、装车、回收、检测、拆解", "a whole life, from the line to its modules"),
    ("cabinet", "旧模块组成的基站备电柜", "used modules as back-up of a telecom station"),
    ("recycled", "粉碎并制成碳酸锂", "shredded, and on to lithium carbonate"),
    ("traced", "40 个电池包的锂进入新电池包的碳酸锂", "lithium of 40 packs in the carbonate of new ones"),
    ("removed", "更换下来：更正，以及失窃密钥的标记", "replaced: a correction, and a stolen key"),
    ("taxi", "出租车上使用，每半年检测", "in a taxi, measured every half year"),
    ("stolen", "被盗后找回的电池包", "stolen, and found again"),
    ("crashed", "事故后隔离，检测后重新装车", "quarantined after a crash, found safe, fitted again"),
    ("settled", "出租车公司与回收网点解决争议", "a dispute between a fleet and a collector, settled"),
    ("second chance", "报废模块经检测恢复使用", "waste that came back into use"),
    ("leased", "资产所有方同意后再生利用", "recycled with the consent of its owner"),
    ("abroad", "出口的电池包", "exported"),
    ("pooled", "换电站的电池包，归银行所有", "in a swap pool, owned by a bank"),
    ("absent", "报废车辆中缺失的电池包，后来找到", "not in its scrapped vehicle, found later"),
    ("recalled cabinet", "装有被召回模块的备电柜", "a cabinet with a recalled module in it"),
    ("identified", "无法辨认的电池包，后认定为已知", "collected unreadable, then found to be a known pack"),
    ("voided", "误报废弃，次日撤销", "declared waste by mistake, taken back"),
    ("served", "维修站受车队委托拆装", "a workshop acts in the fleet's name"),
    ("rectified", "补记售后回租：更正所有权", "sold and leased back: ownership set right"),
    ("real cell 1", "真实公开的电芯编码（其余为虚构）", "a real cell code (all else said is made up)"),
)


def guide(plan: Plan, folder: Path, url: str, *, serves: bool, policy: Path | None = None) -> str:
    """Return the guide, Chinese first; `policy` is that of its witnesses, if any."""
    return "\n".join(
        [
            "",
            *_in(Language.ZH, plan, folder, url, serves=serves, policy=policy),
            "",
            *_in(Language.EN, plan, folder, url, serves=serves, policy=policy),
            "",
        ]
    )


def _in(
    language: Language, plan: Plan, folder: Path, url: str, *, serves: bool, policy: Path | None
) -> list[str]:
    zh = language is Language.ZH
    command = ".venv/bin/packtrace"
    here = "" if url == DEFAULT_URL else f" --url {url}"
    split = ItemId.parse(plan.samples["split"]).code
    kept = f"--receipt {folder}/receipt.txt --keys {folder}/keys.json"
    pinned = f"--trust {folder}/trust.json" + ("" if policy is None else f" --policy {policy}")
    rows = [
        *([] if serves else [("启动服务", "serve it", f"{command} demo --serve")]),
        ("首页", "open", url),
        *_samples(plan, url),
        ("审计", "audit", f"{command} audit {url} {pinned}"),
        ("查询", "look up", f"{command} show {split}{here}"),
        ("存回执", "save proof", f"{command} show {split} {kept}{here}"),
        (
            "离线核验",
            "verify it",
            f"{command} verify {folder}/receipt.txt {pinned} --key {folder}/keys.json",
        ),
        *([] if policy is None else [("见证方", "witnesses", f"{url}/v1/witnesses")]),
        ("密钥", "keys", f"{folder}/keys/"),
        *([("停止", "stop", "Ctrl-C")] if serves else []),
    ]
    head = (
        "演示数据已就绪，所有企业均为虚构。"
        if zh
        else "The demonstration is ready. None of its firms exists."
    )
    if policy == folder / POLICY:
        head += (
            "三个演示用见证方为日志联署，两个即满足策略；它们就在本机运行，不独立于任何人。"
            if zh
            else " Three witnesses cosign its log, of which two suffice; they run on this machine, for "
            "demonstration, and are independent of nobody."
        )
    return [head, *(f"  {_wide(in_zh if zh else in_en)}{what}" for in_zh, in_en, what in rows)]


def _wide(name: str) -> str:
    # A Chinese character is as wide as two Latin ones.
    return name + " " * (_COLUMN - sum(1 if character.isascii() else 2 for character in name))


def _samples(plan: Plan, url: str) -> list[tuple[str, str, str]]:
    rows = []
    for name, in_chinese, in_english in _SAMPLES:
        if name in plan.samples:
            rows.append((in_chinese, in_english, f"{url}/p/{ItemId.parse(plan.samples[name]).code}"))
    return rows
