"""The tiers of a cascade, arranged: who answered what share, at which cost, and how often otherwise than the last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.language import t
from luodi.report.wording import figure, measurement, plain, read_quantity, span

if TYPE_CHECKING:
    from collections.abc import Mapping


def tier_name(name: str) -> str:
    """Call a tier as a reader would."""
    return {"fast": t("fast model"), "model": t("model behind it")}.get(name, name)


def tier_columns(raw: Mapping[str, Any]) -> list[str]:
    """Give the headings: tier, share, texts answered otherwise, each head's main metric, latency, throughput, size."""
    metrics = [measurement(_place(raw, head, metric)) for head, metric in _mains(raw)]
    costs = [measurement(name) for name in ("latency_p50_ms", "throughput_per_s")]
    return [t("tier"), t("answers"), t("otherwise than the model behind it"), *metrics, *costs, t("size")]


def tier_rows(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give a row for each tier, as if it answered alone: ``name``, ``share`` in percent, ``cells`` (figure, interval).

    Nothing where one model answers all.
    """
    rows = []
    for one in raw.get("tiers", ()):
        share, apart = read_quantity(one["share"]), read_quantity(one["differs"])
        quantities = [("share", share), ("share", apart) if one is not raw["tiers"][-1] else None]
        quantities += [(metric, read_quantity(one["heads"][head][metric])) for head, metric in _mains(raw)]
        quantities += [(name, read_quantity(one["costs"][name])) for name in ("latency_p50_ms", "throughput_per_s")]
        cells = [(figure(pair[0], pair[1].value), span(*pair)) if pair else ("", "") for pair in quantities]
        size = (f"{plain(one['size_mib'])} MiB", "")
        rows.append({"name": tier_name(one["name"]), "share": round(100 * share.value, 1), "cells": [*cells, size]})
    return rows


def tier_sentence(raw: Mapping[str, Any]) -> str:
    """Say what the cascade brings, promise and measurement; nothing where one model answers all."""
    if not raw.get("tiers"):
        return ""
    first, last = raw["tiers"][0], raw["tiers"][-1]
    apart = read_quantity(first["differs"])
    faster = (
        read_quantity(raw["report"]["throughput_per_s"]).value / read_quantity(last["costs"]["throughput_per_s"]).value
    )
    said = t(
        "The fast model is sure enough of {share:.1f} % of the test texts to answer them alone. {apart:.2f} % of all "
        "texts are answered otherwise than the model behind it would have ({low:.2f} to {high:.2f}); at most "
        "{risk:.3g} % were promised, with 95 % confidence.",
        share=100 * read_quantity(first["share"]).value, apart=100 * apart.value, low=100 * (apart.low or 0.0),
        high=100 * (apart.high or 0.0), risk=100 * first["risk"],
    )  # fmt: skip
    return (
        f"{said} {t('Together they answer {n} times as many texts in a second as that model alone.', n=plain(faster))}"
    )


def _mains(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give each head with its main metric."""
    return [(head, one["metric"]) for head, one in raw.get("comparisons", {}).items()]


def _place(raw: Mapping[str, Any], head: str, metric: str) -> str:
    return metric if len(raw["report"]["heads"]) == 1 else f"{head}.{metric}"
