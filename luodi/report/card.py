"""Writes ``card.md``, the model's card, from ``report.json``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from luodi.language import speak, t
from luodi.report.digest import (
    abstention,
    budget_rows,
    class_rows,
    cost_rows,
    metric_rows,
    seeds,
    stage_rows,
    verdicts,
    worst_findings,
)
from luodi.report.formats import format_rows
from luodi.report.tiers import tier_columns, tier_rows, tier_sentence
from luodi.report.wording import conditions, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&!$])")
#: More labels than this are counted, not listed.
_N_LABELS = 40


def card(raw: Mapping[str, Any], *, language: str) -> str:
    """Write the card: what the model is for, how good it is beside the baseline, what it costs, its limits.

    Args:
        raw: the object of ``report.json``.
        language: ``en`` or ``zh``.
    """
    shown = visible(dict(raw))
    with speak(language):
        blocks = [
            f"# {_plain(shown.get('name', ''))}",
            *_verdict(shown),
            *_purpose(shown),
            *_quality(shown),
            *_costs(shown),
            *_making(shown),
            *_limits(shown),
            *_use(shown),
        ]
    return "\n\n".join(blocks) + "\n"


def _verdict(raw: Mapping[str, Any]) -> list[str]:
    sentences = [
        f"**{one['sentence']}**" if not one["head"] else f"**{_plain(one['head'])}: {one['sentence']}**"
        for one in verdicts(raw)
    ]
    rows = budget_rows(raw)
    if not rows:
        return [*sentences, t("No budget was declared.")]
    broken = [row for row in rows if not row["kept"]]
    said = t("The declared budget is breached.") if broken else t("The declared budget is kept.")
    header = [t("promise"), t("promised"), t("measured"), t("result")]
    cells = [
        [_plain(row["name"]), row["promised"], row["measured"],
         t("kept") if row["kept"] else f"{t('missed by')} {row['missed']}" if row["missed"] else t("not measured")]
        for row in rows
    ]  # fmt: skip
    return [*sentences, said, _table(header, cells)]


def _purpose(raw: Mapping[str, Any]) -> list[str]:
    blocks = [f"## {t('What it is for')}", t("It answers these questions about a text:")]
    lines = []
    for head, report in raw["report"]["heads"].items():
        labels = list(report["per_class"])
        listed = ", ".join(f"`{_code(label)}`" for label in labels[:_N_LABELS])
        more = t(" and {n:,} more", n=len(labels) - _N_LABELS) if len(labels) > _N_LABELS else ""
        lines.append(f"- **{_plain(head)}**: {listed or t('a number')}{more}")
    return [*blocks, "\n".join(lines)]


def _quality(raw: Mapping[str, Any]) -> list[str]:
    blocks = [f"## {t('How well it answers')}"]
    for head in raw["report"]["heads"]:
        if len(raw["report"]["heads"]) > 1:
            blocks.append(f"### {_plain(head)}")
        header = [t("measure"), t("this bundle"), t("95 % interval"), t("baseline"), t("95 % interval")]
        rows = [
            [row["name"], row["model"]["figure"], row["model"]["interval"],
             row["baseline"]["figure"], row["baseline"]["interval"]]
            for row in metric_rows(raw, head)
        ]  # fmt: skip
        blocks.append(_table(header, rows))
        blocks += [said for said in (seeds(raw, head), abstention(raw, head)) if said]
        weak = [row for row in class_rows(raw, head) if row["support"]][:3]
        if weak:
            said = ", ".join(f"`{_code(row['label'])}` ({100 * row['f1']:.1f} %)" for row in weak)
            blocks.append(t("Weakest labels by F1: {labels}.", labels=said))
    return blocks


def _costs(raw: Mapping[str, Any]) -> list[str]:
    rows = [[row["name"], row["figure"], row["interval"]] for row in cost_rows(raw["report"])]
    header = [t("measure"), t("measured"), t("95 % interval")]
    under = _plain(conditions(raw["report"].get("conditions", {})))
    tiers = [[row["name"], *(figure for figure, _ in row["cells"])] for row in tier_rows(raw)]
    cascade = [tier_sentence(raw), _table(tier_columns(raw), tiers)] if tiers else []
    return [f"## {t('What an answer costs')}", _table(header, rows), under, *cascade]


def _making(raw: Mapping[str, Any]) -> list[str]:
    data = raw.get("data", {})
    rows = data.get("rows", {})
    counted = t(
        "Rows: {train:,} for training, {validation:,} for validation, {test:,} for the test.",
        train=rows.get("train", 0), validation=rows.get("validation", 0), test=rows.get("test", 0),
    )  # fmt: skip
    leaks = data.get("leaks", {})
    n_leaks = sum(leaks.get("exact", {}).values()) + sum(leaks.get("near", {}).values())
    if n_leaks:
        counted += " " + t(
            "{n:,} validation or test texts stand among the training rows too: the figures flatter.", n=n_leaks
        )
    n_chosen_on = sum(leaks.get("in_validation", {}).values())
    if n_chosen_on:
        counted += " " + t(
            "{n:,} test texts stand among the validation rows, by which choices were made.", n=n_chosen_on
        )
    steps = [
        f"1. {_plain(row['name'])}: {t('weights')} {row['parameters']}, {t('time')} {row['seconds']}"
        for row in stage_rows(raw)
    ]
    shipped = [row for row in format_rows(raw) if row["chosen"]]
    formats = [f"{t('Number format:')} {row['name']}, {row['reason']}." for row in shipped]
    mark = f"{t('fingerprint of the training rows')}: `{_code(data.get('fingerprint', ''))}`"
    return [f"## {t('How it was made')}", counted, *_audit(raw), mark, "\n".join(steps), *formats]


def _audit(raw: Mapping[str, Any]) -> list[str]:
    """Say in one paragraph what is wrong with the data, where they were audited."""
    if not raw.get("audit"):
        return []
    worst = [f"{one['name']}: {_plain(one['what'])}." for one in worst_findings(raw)]
    if not worst:
        return [t("The audit found nothing that would harm a model.")]
    left = len(raw["audit"]["findings"]) - len(worst)
    more = [t("{n:,} more findings.", n=left)] if left else []
    return [f"**{t('What is wrong with the data')}**: {' '.join([*worst, *more])}"]


def _limits(raw: Mapping[str, Any]) -> list[str]:
    heads = (raw.get("recipe", {}).get("data", {}).get("labels") or {"": "classify"}).values()
    sorting = [
        t("It knows only the labels above: a text that fits none of them may be answered with one all the same.")
        if raw.get("abstention")
        else t("It knows only the labels above: a text that fits none of them gets one all the same."),
    ]
    lines = [
        *(sorting if "classify" in heads else []),
        t("It was proved on rows like those that it learned from; other languages, lengths or subjects are not."),
        t("Whether it treats groups of people alike was not examined."),
        t("Times hold for the machine and conditions above."),
    ]
    return [f"## {t('Limits')}", "\n".join(f"- {line}" for line in lines)]


def _use(raw: Mapping[str, Any]) -> list[str]:
    name = f"{raw.get('name', 'model')}.luodi"
    python = f'import luodi\n\npredict = luodi.load({json.dumps(name, ensure_ascii=False)})\npredict(["..."])'
    shell = f"luodi predict {_quoted(name)} texts.csv"
    return [f"## {t('How to use it')}", _fence(python, "python"), _fence(shell, "sh")]


def _quoted(name: str) -> str:
    from shlex import quote

    return quote(name)


def _fence(code: str, language: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    marks = "`" * max(3, longest + 1)
    return f"{marks}{language}\n{code}\n{marks}"


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(header), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Take the meaning from every character that Markdown or HTML would read.

    >>> _plain("a|b") == "a" + chr(92) + "|b"
    True
    """
    return _MARKUP.sub(r"\\\1", " ".join(str(text).split()))


def _code(text: str) -> str:
    """Make a text fit to stand between backticks."""
    return " ".join(str(text).split()).replace("`", "ˋ").replace("|", "¦") or " "
