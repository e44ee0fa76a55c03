"""What to look at once the demonstration is there, in both languages."""

from pathlib import Path
from typing import Final

from cli.demo.build import Plan
from ledger.identifiers import ItemId
from ledger.wording import Language

# What is to be seen on each sample's page; in this order, as far as the story has them.
_SAMPLES: Final = (
    (
        "split",
        "从出厂、装车、交给回收网点，到检测、拆解为模组的一生",
        "a whole life: made, fitted, sold, collected, tested, taken apart into its modules",
    ),
    (
        "cabinet",
        "由旧模组组成、作为通信基站备电使用的梯次产品",
        "a cabinet of used modules, at work as back-up for a telecom station",
    ),
    (
        "recycled",
        "报废车辆上拆下、粉碎后制成碳酸锂的电池包",
        "out of a scrapped car, shredded, and on to lithium carbonate",
    ),
    (
        "removed",
        "更换下来的电池包：事件更正，以及被盗密钥签名的标记",
        "replaced at the dealer: a corrected event, and one signed with a key that was stolen",
    ),
    ("taxi", "在出租车上使用，每半年检测一次", "in a taxi, measured every half year"),
    (
        "real cell 1",
        "一个真实的公开电芯编码（关于它的其他内容均为虚构）",
        "a real cell code seen in public (all else said of that cell is made up)",
    ),
)


def guide(plan: Plan, folder: Path, url: str, *, serves: bool) -> str:
    """Return the guide, Chinese first."""
    return "\n".join(
        [
            "",
            *_in(Language.ZH, plan, folder, url, serves=serves),
            "",
            *_in(Language.EN, plan, folder, url, serves=serves),
            "",
        ]
    )


def _in(language: Language, plan: Plan, folder: Path, url: str, *, serves: bool) -> list[str]:
    zh = language is Language.ZH
    command = ".venv/bin/packtrace"
    split = ItemId.parse(plan.samples["split"]).code
    return [
        "演示数据已就绪，所有企业均为虚构。"
        if zh
        else "The demonstration is ready. None of its firms exists.",
        *([] if serves else [("  启动服务：" if zh else "  serve it:  ") + f"{command} demo --serve"]),
        ("  首页：    " if zh else "  open       ") + url,
        *_samples(plan, url, zh=zh),
        ("  审计：    " if zh else "  audit      ") + f"{command} audit {url} --trust {folder}/trust.json",
        ("  查询：    " if zh else "  look up    ") + f"{command} show {split}",
        ("  存回执：  " if zh else "  save proof ")
        + f"{command} show {split} --receipt {folder}/receipt.txt",
        ("  离线核验：" if zh else "  verify it  ")
        + f"{command} verify {folder}/receipt.txt --trust {folder}/trust.json",
        ("  密钥：    " if zh else "  keys       ") + f"{folder}/keys/",
    ]


def _samples(plan: Plan, url: str, *, zh: bool) -> list[str]:
    lines = []
    for name, in_chinese, in_english in _SAMPLES:
        if name in plan.samples:
            code = ItemId.parse(plan.samples[name]).code
            lines += [f"  {url}/p/{code}", f"             {in_chinese if zh else in_english}"]
    return lines
