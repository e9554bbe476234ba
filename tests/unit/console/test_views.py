"""What the pages show, made from real rows of a real store and real readings of real meters."""

import asyncio
import time

import numpy as np
import pytest

from luodi.console.chart import Chart, Series, draw
from luodi.console.figures import count
from luodi.console.occlusion import MOST_PIECES, left_out, pieces, weigh
from luodi.console.recent import Recent
from luodi.console.sampler import Sampler, read_sample
from luodi.console.views.answers import Search, choices, correction, read_row
from luodi.console.views.overview import judge, read_period, summarise
from luodi.console.views.traffic import quantile, read_traffic
from luodi.console.views.trial import MOST_BARS, read_trial
from luodi.data.pair import pair
from luodi.errors import DataError
from luodi.store import Correction, Tally
from luodi.tasks import Classify, Prediction, Task
from luodi.tasks.multilabel import Multilabel
from luodi.tasks.tag import Tag

NOW = 1_800_000_000.0


def test_means_are_weighed_by_how_many_answers_they_stand_for():
    tallies = [
        Tally(0.0, 1, 1, 0.5, 0.010), Tally(60.0), Tally(120.0, 3, 0, 0.9, 0.002, n_corrected=2),
    ]  # fmt: skip
    found = summarise(tallies)
    assert (found.n, found.abstained, found.corrected) == (4, 0.25, 0.5)
    assert found.mean_probability == pytest.approx(0.8)
    assert found.mean_seconds == pytest.approx(0.004)
    assert summarise([Tally(0.0)]).mean_probability is None


def test_a_period_is_read_from_the_store(store, answered):
    store.keep([answered(place) for place in range(5)]).result()
    store.keep([answered(5, answers={"mood": {"label": "<b>bad</b>", "probability": 0.6}})]).result()
    store.correct(Correction("r-0", NOW, "mood", "bad", "ward")).result()
    found = read_period("hour", store.tallies(NOW - 3600, NOW + 1, 60.0), step_s=60.0, form="time")
    assert (found.summary.n, round(found.summary.corrected * 6)) == (6, 1)
    assert [chart.has_bars for chart in found.charts] == [True, False, False]
    ((head, shares),) = found.labels
    assert (head, [one.label for one in shares]) == ("mood", ["good", "<b>bad</b>"])
    assert shares[0].share == pytest.approx(5 / 6)
    nothing = read_period("hour", store.tallies(NOW - 1e6, NOW - 9e5, 6000.0), step_s=6000.0, form="time")
    assert (nothing.summary.n, nothing.charts) == (0, ())


def test_a_week_is_counted_once_for_all_who_look(store, answered):
    now = time.time()
    store.keep([answered(0, at=now)]).result()
    recent = Recent(store)

    async def look(age_s):
        one = recent.tallies(span_s=604800.0, step_s=21600.0, age_s=age_s)
        other = recent.tallies(span_s=604800.0, step_s=21600.0, age_s=age_s)
        return await asyncio.gather(one, other)

    async def looks():
        first, second = await look(60.0)
        assert first is second
        assert sum(one.n for one in first) == 1
        store.keep([answered(1, at=now)]).result()
        assert (await look(60.0))[0] is first
        while (await look(0.0))[0] is first:  # counted anew once it is old, and old enough for what it took
            await asyncio.sleep(0.01)
        assert sum(one.n for one in (await look(0.0))[0]) == 2

    asyncio.run(looks())


def test_the_state_is_the_worst_that_is_the_case():
    well = {"n_models": 2, "n_warm": 2, "n_waiting": 0, "share_failed": 0.0}
    tones = [
        judge(**{**well, **change}).tone for change in ({}, {"n_waiting": 500}, {"n_warm": 1}, {"share_failed": 0.2})
    ]
    assert tones == ["good", "busy", "bad", "bad"]


def test_a_chart_draws_nothing_but_numbers_and_its_own_escaped_words():
    chart = Chart(
        '<script>"', (0.0, 60.0, 120.0), 60.0, (Series("<b>", (1.0, None, 4.0)), Series("c", (2.0, 2.0, None))), count
    )
    drawn = draw(chart)
    assert "<script>" not in drawn
    assert "<b>" not in drawn
    assert drawn.count('class="tip"') == 3
    assert chart.highest == 5.0
    bars = Chart("n", (0.0, 60.0), 60.0, (Series("n", (0.0, 3.0)),), count, has_bars=True)
    assert draw(bars).count('<rect class="bar') == 1
    assert Chart("n", (0.0,), 60.0, (Series("n", (None,)),), count).is_empty


def test_pieces_give_the_text_back_and_are_not_too_many():
    for text in ("", "a", "物流很快，包装完好。", "one two  three\n", "🙂👍 ok" * 40, "的" * 500, pair("a b", "c")):
        assert "".join(pieces(text)) == text
        assert len(pieces(text)) <= MOST_PIECES + 1
        assert len(left_out(pieces(text))) <= MOST_PIECES


def test_what_speaks_for_the_answer_weighs_more_than_nothing():
    head = Classify("mood", ("bad", "good"))

    def said(good):
        return Prediction({"mood": head.decode(np.log(np.array([[1 - good, good]])))[0]})

    words = weigh(
        ("very ", "good ", "not"), said(0.9), [said(0.85), said(0.2), said(0.95)], head="mood", kind="classify"
    )
    assert [round(one.weight, 2) for one in words] == [0.46, 3.58, -0.75]
    assert weigh(("a",), said(0.9), [None], head="mood", kind="classify")[0].weight == 0.0
    assert weigh(("a",), said(0.9), [said(0.1)], head="mood", kind="tag") == ()


def test_a_trial_shows_every_head_and_the_likeliest_labels():
    labels = tuple(f"label {n}" for n in range(20))
    task = Task((Classify("intent", labels), Multilabel("topics", ("a", "b", "c"))))
    logits = {"intent": np.arange(20, dtype=np.float32)[None], "topics": np.array([[9.0, -9.0, 9.0]], np.float32)}
    answers = {name: rows[0] for name, rows in task.decode(logits, ()).items()}
    trial = read_trial(task, Prediction(answers, tier="fast"), n_tiers=2, seconds=0.01)
    intent, topics = trial.heads
    assert (intent.label, intent.bars[0].label, intent.n_more) == ("label 19", "label 19", 20 - MOST_BARS)
    assert [one.share for one in intent.bars] == sorted((one.share for one in intent.bars), reverse=True)
    assert [one.label for one in topics.bars if one.is_chosen] == ["a", "c"]
    assert (trial.tier, trial.n_tiers) == ("fast", 2)


def test_a_row_shows_what_was_said_and_what_is_right(store, answered):
    answers = {
        "mood": {"label": "good", "probability": 0.9},
        "topics": [{"label": "a", "probability": 0.8}, {"label": "b", "probability": 0.7}],
        "slots": [],
    }
    store.keep([answered(0, text="x " * 500, answers=answers), answered(1, text=None)]).result()
    store.correct(Correction("r-0", NOW, "topics", ["b"], "ward")).result()
    first, second = (read_row(one) for one in store.look(Search().wanted()))
    assert [(one.head, one.label, one.right) for one in first.cells] == [
        ("mood", "good", None), ("topics", "a, b", "b"), ("slots", "∅", None),
    ]  # fmt: skip
    assert (first.is_corrected, first.by, second.is_corrected, second.text) == (True, "ward", False, None)
    assert first.short.endswith("…")
    assert len(first.short) < 200
    assert [one.id for one in map(read_row, store.look(Search(corrected=True).wanted()))] == ["r-0"]
    assert store.look(Search(below=0.5).wanted()) == []
    assert Search().is_empty
    assert not Search(label="a").is_empty


def test_only_what_a_head_can_answer_may_be_called_right():
    mood, topics, slots = choices(
        Task((Classify("mood", ("bad", "good")), Multilabel("topics", ("a", "b")), Tag("slots", ("x",))))
    )
    assert (mood.keys, topics.is_several, slots.labels) == ({"1": "bad", "2": "good"}, True, ())
    assert correction("r-0", ["good"], choice=mood, at=NOW, who="ward") == Correction(
        "r-0", NOW, "mood", "good", "ward"
    )
    assert correction("r-0", [], choice=topics, at=NOW, who="").label == []
    for said in (["worse"], [], ["bad", "good"]):
        with pytest.raises(DataError):
            correction("r-0", said, choice=mood, at=NOW, who="")
    many = choices(Task((Classify("many", tuple(f"l{n}" for n in range(30))),)))[0]
    assert not set(many.keys) & set("jkhus")


def test_the_meters_are_read_over_time():
    from luodi.serve.meters import Meters

    meters = Meters()
    sampler = Sampler(meters.registry.collect)
    sampler.read()
    count_requests(meters, {200: 8, 429: 2}, seconds=0.004)
    meters.batch("tiny", 6, 40, 0.01, 0.0)
    meters.batch("tiny", 2, 10, 0.01, 0.0)
    after = sampler.read()
    assert (after.statuses, after.batches, after.texts, after.tokens) == ({200: 8.0, 429: 2.0}, 2.0, 8.0, 50.0)
    seen = read_traffic(sampler.samples, now=after.at)
    assert seen.statuses == ((200, 8), (429, 2))
    assert (seen.now.fill, seen.now.refused, seen.now.failed) == (4.0, 0.2, 0.0)
    assert 0.0025 <= seen.now.p50_s <= 0.005
    assert read_traffic((), now=NOW).now.per_s is None
    assert quantile({}, 0.5) is None


def count_requests(meters, statuses, *, seconds):
    """Count requests, and one of a page, which is none of the traffic."""
    for status, n in statuses.items():
        for _ in range(n):
            meters.answered("/v1/predict", "POST", status=status, seconds=seconds)
    meters.answered("/console", "GET", status=200, seconds=9.0)


def test_a_reading_of_foreign_meters_is_empty():
    assert read_sample([], at=1.0).statuses == {}
    assert read_sample([], at=1.0).texts == 0.0
