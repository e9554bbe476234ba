"""Says the headings of the audit's page in the language that is spoken."""

from __future__ import annotations

from luodi.language import t


def words() -> dict[str, str]:
    """Give every fixed text of the page by the name that the template uses."""
    return {
        "audit": t("Audit"),
        "made": t("made"),
        "first": t("What matters most"),
        "all": t("All findings"),
        "all_hint": t("The worst first. Each one unfolds the rows to look at."),
        "effect": t("What it does"),
        "advice": t("What to do"),
        "text": t("text"),
        "label": t("label"),
        "place": t("place"),
        "rows": t("rows"),
        "no_rows": t("This one is about the set as a whole: there are no single rows to look at."),
        "filter": t("filter by text, label or place"),
        "every_label": t("every label"),
        "nothing_left": t("No row fits."),
        "more": t("show more"),
        "footer": t("luodi audit looked at these rows; the table itself was not changed."),
    }


def severity(name: str) -> str:
    """Name a severity."""
    return {"error": t("error"), "warning": t("warning"), "note": t("note")}[name]


def counted(name: str, n: int) -> str:
    """Count the findings of a severity."""
    if n == 1:
        return {"error": t("1 error"), "warning": t("1 warning"), "note": t("1 note")}[name]
    return {"error": t("{n:,} errors", n=n), "warning": t("{n:,} warnings", n=n), "note": t("{n:,} notes", n=n)}[name]


def verdict(n_errors: int, n_warnings: int, n_notes: int) -> tuple[str, str, str]:
    """Say what an audit comes to: the tone of the banner (``bad``, ``warn``, ``good``), a heading, a sentence."""
    if n_errors:
        return "bad", t("Mend this before you build"), t("An error makes the model or its figures wrong.")
    if n_warnings:
        return (
            "warn",
            t("Usable, but it could be better"),
            t("A warning makes the model or its figures worse; nothing was found that makes them wrong."),
        )
    if n_notes:
        return "good", t("Nothing that would harm a model"), t("What was found is good to know.")
    return "good", t("Nothing was found"), t("No check has anything to say about these rows.")
