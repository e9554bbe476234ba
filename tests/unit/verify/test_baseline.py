"""The cheap model: strong, quick, and able to answer anything."""

from types import SimpleNamespace

import numpy as np
import pytest

from luodi.data import Dataset
from luodi.tasks import Classify, Task, read_task
from luodi.tasks.metrics import macro_f1
from luodi.tasks.terms import Ground, _tried
from luodi.verify import fit_baseline

HARD_TEXTS = ["", " ", "😀😀", "\x00\x07", "a\ud800b", "好" * 100_000, "ｈｅｌｌｏ　Ｗｏｒｌｄ", "العربية"]


@pytest.fixture(scope="module")
def fitted(toy_data):
    task = read_task(toy_data)
    return fit_baseline(toy_data.take(range(160)), toy_data.take(range(160, 200)), task=task)


def test_it_learns_what_characters_tell(fitted, toy_data):
    test = toy_data.take(range(200, 240))
    answered = [one.label for one in fitted.predict(test.texts)]
    assert np.mean([a == gold for a, gold in zip(answered, test.labels["情感"], strict=True)]) > 0.95


def test_answers_are_predictions_in_the_order_of_the_head(fitted, toy_data):
    head = read_task(toy_data)["情感"]
    for one in fitted.predict(toy_data.texts[:20]):
        answer = one.answers["情感"]
        assert answer.probabilities.sum() == pytest.approx(1, abs=1e-5)
        assert head.labels[int(answer.probabilities.argmax())] == answer.label
        assert answer.probability == pytest.approx(float(answer.probabilities.max()))


def test_it_answers_anything(fitted):
    answered = fitted.predict(HARD_TEXTS)
    assert len(answered) == len(HARD_TEXTS)
    assert all(np.isfinite(one.probability) for one in answered)
    assert fitted.predict([]) == []


def test_width_and_case_do_not_matter(fitted):
    one, other = fitted.predict(["ＴＨＥ ＲＯＯＭ was GREAT", "the room was great"])
    assert one.probability == pytest.approx(other.probability)


def test_the_same_rows_give_the_same_model(fitted, toy_data):
    again = fit_baseline(toy_data.take(range(160)), toy_data.take(range(160, 200)), task=read_task(toy_data))
    for one, other in zip(fitted.predict(toy_data.texts), again.predict(toy_data.texts), strict=True):
        np.testing.assert_array_equal(one.answers["情感"].probabilities, other.answers["情感"].probabilities)


def test_rare_labels_are_not_given_up():
    """Of 400 rows 24 are urgent, and half the words of an urgent row stand in ordinary ones too: weights find them."""
    rng = np.random.default_rng(0)
    words = np.array(list("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"))

    def rows(n):
        labels = ["急" if i % 16 == 0 else "常" for i in range(n)]
        texts = ["".join(rng.choice(words[:13] if label == "急" else words[7:], 6)) for label in labels]
        return Dataset.of(texts, {"y": labels})

    train, validation, test = rows(400), rows(400), rows(400)
    fitted = fit_baseline(train, validation, task=read_task(train))
    place = {"常": 0, "急": 1}
    gold = np.array([place[label] for label in test.labels["y"]])
    answered = np.array([place[one.label] for one in fitted.predict(test.texts)])
    best = Ground(train, validation, n_outputs=2).terms.best(train.labels["y"], validation.labels["y"])
    assert best.class_weight == "balanced"
    assert macro_f1(gold, answered, n_labels=2) > 0.8


def test_a_head_without_labels_in_validation_is_fitted_all_the_same(toy_data):
    train = toy_data.take(range(100))
    validation = Dataset.of(["好", "差"], {"情感": [None, None]})
    assert fit_baseline(train, validation, task=read_task(train)).predict(["物流很快"])[0].label == "正面"


def test_a_label_that_train_lacks_has_no_probability():
    head = Classify("y", ("a", "b", "c"))
    train = Dataset.of(["xx", "yy"] * 10, {"y": ["a", "c"] * 10})
    answer = fit_baseline(train, train, task=Task((head,))).predict(["xx"])[0].answers["y"]
    assert answer.label == "a"
    assert answer.probabilities.shape == (3,)
    assert answer.probabilities[1] == 0


def test_one_label_is_always_answered():
    train = Dataset.of(["xx", "yy", "zz"], {"y": ["a", "a", None]})
    fitted = fit_baseline(train, train, task=Task((Classify("y", ("a", "b")),)))
    assert [one.label for one in fitted.predict(["xx", "?"])] == ["a", "a"]


def test_every_head_has_its_own(toy_data):
    shipped = ["快" if "快" in text else "慢" for text in toy_data.texts]
    both = Dataset.of(toy_data.texts, {**toy_data.labels, "速度": shipped})
    answer = fit_baseline(both, both, task=read_task(both)).predict(["物流很快，包装太慢"])[0]
    assert set(answer.answers) == {"情感", "速度"}


def test_more_labels_are_tried_less():
    small, large = SimpleNamespace(nnz=20_000), SimpleNamespace(nnz=1_200_000)
    assert [len(_tried(small, n_labels=n)) for n in (1, 2, 400, 1000)] == [1, 4, 4, 2]
    assert len(_tried(large, n_labels=500)) == 1
    assert type(_tried(large, n_labels=1000)[0]).__name__ == "ComplementNB"


@pytest.mark.shared
def test_takeaway_reviews_as_well_as_known(shared_data):
    """Source: the 0.905 that stands in the design, measured with all rows; these are a quarter of them."""
    from luodi.data import read, split

    rows = read(shared_data / "waimai_10k.csv")
    parts = split(rows.take(np.random.default_rng(0).permutation(len(rows))[:2500]))
    fitted = fit_baseline(parts.train, parts.validation, task=read_task(parts.train))
    answered = [one.label for one in fitted.predict(parts.test.texts)]
    gold = next(iter(parts.test.labels.values()))
    assert np.mean([a == b for a, b in zip(answered, gold, strict=True)]) > 0.86
