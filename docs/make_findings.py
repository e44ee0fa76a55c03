"""Writes the tables of docs/findings.md from the finding rules in the code, so that the two cannot differ.

python -m docs.make_findings        rewrites the part below the marker
"""

from pathlib import Path
from typing import Final

from ledger.findings import FINDING_RULES, FindingRule
from ledger.findings.rules import Made, Term
from ledger.wording import Language
from ledger.wording.findings import finding_title

PAGE: Final = Path(__file__).with_name("findings.md")
MARKER: Final = "<!-- The rest is written by docs/make_findings.py from the code. -->\n"
_HEADINGS: Final = {
    Made.PUBLIC: "From public claims and states",
    Made.DEADLINE: "Deadlines, counted when read",
    Made.DOOR: "From restricted claims, at the door",
}


def render() -> str:
    """Return the rules of every version as Markdown, by where they come from."""
    lines = list[str]()
    for rules in FINDING_RULES.values():
        lines += [f"## Finding rules {rules.version}", ""]
        lines += [f"For entries logged from {rules.since} on; the first version is for older ones too.", ""]
        for made, heading in _HEADINGS.items():
            lines += [f"### {heading}", ""]
            for rule in rules.rules:
                if rule.made is made:
                    lines += _rule(rule)
    return "\n".join(lines)


def _rule(rule: FindingRule) -> list[str]:
    titles = " · ".join(finding_title(rule.rule, lang) for lang in (Language.EN, Language.ZH))
    return [
        f"**`{rule.rule}`** {titles} ({rule.severity})",
        "",
        f"- {rule.fires}",
        f"- Threshold: {_threshold(rule)}.",
        f"- Closes: {rule.closes or 'never, it stays noted'}.",
        f"- Basis: {rule.basis} ({rule.basis_status}).",
        "",
    ]


def _threshold(rule: FindingRule) -> str:
    if rule.term is Term.RULE_SET:
        limit = "as the rule set in force has it"
    elif rule.limit is None or rule.unit is None:
        limit = "none"
    else:
        limit = f"{rule.limit} {rule.unit}"
    return f"{limit}, told {rule.notice_days} days before" if rule.notice_days else limit


def page() -> str:
    """Return the whole page: its own head, and the tables as they are now."""
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(MARKER)
    return f"{head}{MARKER}\n{render()}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
