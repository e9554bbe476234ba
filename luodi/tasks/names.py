"""What metrics are called by those who read of them."""

from __future__ import annotations

from luodi.language import t


def metric_name(metric: str) -> str:
    """Name a metric of a head; one that nobody named keeps its own word."""
    known = {
        "accuracy": t("accuracy"),
        "macro_f1": t("macro-F1"),
        "expected_calibration_error": t("calibration error"),
        "micro_f1": t("micro-F1"),
        "micro_precision": t("micro precision"),
        "micro_recall": t("micro recall"),
        "span_f1": t("span F1"),
        "span_precision": t("span precision"),
        "span_recall": t("span recall"),
        "spearman": t("rank correlation"),
        "r2": t("variance explained (R²)"),
        "mean_absolute_error": t("mean absolute error"),
        "f1": t("F1 of what matches"),
        "average_precision": t("average precision"),
        "recall_at_1": t("recall@1"),
        "recall_at_5": t("recall@5"),
        "recall_at_10": t("recall@10"),
        "mrr": t("reciprocal rank"),
        "ndcg_at_10": t("nDCG@10"),
    }
    return known.get(metric, metric)
