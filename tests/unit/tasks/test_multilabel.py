"""The head that asks of every label whether it fits."""

import numpy as np
import pytest

from luodi.data import Dataset
from luodi.errors import DataError
from luodi.language import speak
from luodi.tasks.multilabel import Multilabel, write_labels

HEAD = Multilabel("主题", ("味道", "服务", "🙂"))


def of(*cells):
    return Dataset.of([f"t{row}" for row in range(len(cells))], {"主题": cells})


def test_labels_are_read_off_cells_of_either_form():
    assert Multilabel.fit("主题", of('["b", "a"]', "a；c", None, "[]")).labels == ("a", "b", "c")
    with speak("en"), pytest.raises(DataError, match="holds no label"):
        Multilabel.fit("主题", of("[]", None))


def test_no_label_is_an_answer_and_no_cell_is_none():
    assert HEAD.targets(of("服务；没见过", "[]", None)).tolist() == [[0, 1, 0], [0, 0, 0], [-100] * 3]


def test_an_answer_names_what_fits_the_likeliest_first():
    one, none = HEAD.decode(np.array([[1.0, 3.0, -2.0], [-1.0, -1.0, -1.0]], np.float32))
    assert [row["label"] for row in one.to_json()] == ["服务", "味道"]
    assert one.label == '["味道", "服务"]'
    assert (none.label, none.to_json()) == ("[]", [])
    assert none.probability == pytest.approx((1 - 1 / (1 + np.e)) ** 3, abs=1e-6)


def test_scores_are_scikit_learns():
    from sklearn.metrics import f1_score

    rng = np.random.default_rng(0)
    true, said = rng.random((2, 60, 3)) < 0.4
    cells = [[write_labels(HEAD.labels[k] for k in np.flatnonzero(row)) for row in side] for side in (true, said)]
    judged = HEAD.judge(*cells)
    every = np.arange(60)
    for name, average in (("macro_f1", "macro"), ("micro_f1", "micro")):
        assert judged.scores[name](every) == pytest.approx(f1_score(true, said, average=average))
    assert judged.right.mean() == (true == said).all(axis=1).mean()
