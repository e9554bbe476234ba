"""The teaching of a student, whatever it was made of: its teacher is asked once, then it learns from what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luodi.compress.extra import Extra, with_extra
from luodi.compress.lesson import Weights, lesson
from luodi.compress.teacher import ask_teacher
from luodi.errors import RecipeError
from luodi.language import t
from luodi.models.layers import layers_of
from luodi.tune.digest import fingerprint_of
from luodi.tune.evaluate import scorer
from luodi.tune.full import Full
from luodi.tune.loop import train as learn
from luodi.tune.numbers import plan_of
from luodi.tune.plan import Work
from luodi.tune.rows import rows_of
from luodi.tune.shift import shifted
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Callable

    from luodi.compress.student import Student
    from luodi.data import Dataset
    from luodi.models.model import Model
    from luodi.models.stage import Run


def teach(
    stage: Any, teacher: Model, train: Dataset, validation: Dataset | None, *,
    student_of: Callable[[Dataset], Student], run: Run,
) -> Model:  # fmt: skip
    """Give a student that has learned from its teacher; the teacher stays as it was.

    Args:
        stage: has the fields of ``Distill`` that say how is learned, from ``unlabelled`` on.
        teacher: answers the texts.
        train: the rows given.
        validation: those to choose by.
        student_of: makes the student, of the rows to learn from.
        run: where it works.

    Raises:
        RecipeError: texts without a label are wanted for a model of pairs.
        DataError: no row has a label, or the file of texts cannot be read.
        OSError: the disk is full or broken.
    """
    if teacher.task.paired and (stage.unlabelled or stage.augment):
        raise RecipeError(
            t("{name}: a model of pairs learns from its rows alone", name=type(stage).__name__.lower()),
            fix=t("leave out unlabelled and augment"),
        )
    is_chosen = bool(stage.evaluations_per_epoch) or stage.logit_shift != "none"
    name = type(stage).__name__.lower()
    learned, validation = rows_of(
        teacher, train, validation, stage=name, seed=stage.seed if is_chosen else None, run=run
    )
    extra = Extra(stage.unlabelled, stage.augment, stage.seed, [*validation.texts, *run.barred])
    rows, counts = with_extra(learned, extra, given=train, run=run)
    student = student_of(learned)
    made = _taught(stage, student, teacher, (learned, rows, validation), run)
    return made.found(**student.findings, **counts)


def _taught(stage: Any, student: Student, teacher: Model, sets: tuple[Dataset, Dataset, Dataset], run: Run) -> Model:
    """Let a student learn; it is trained in place."""
    learned, rows, validation = sets
    made, plan = student.model, plan_of(stage, learned, suits=Full, is_judged=len(validation) > 0)
    network = made.network.requires_grad_(True)
    network.dropout.p = stage.dropout
    tokens = tokenize(made, rows.texts, progress=run.progress)
    checked = tokenize(made, validation.texts, progress=run.progress)
    hidden = _affordable(stage, teacher, len(rows), len(student.layers), run) if student.layers else 0.0
    said = ask_teacher(teacher, tokens, layers=student.layers if hidden else (), run=run)
    run.progress.note(
        t("a student of {parameters:,} weights learns from {n:,} texts, its teacher has {theirs:,}",
          parameters=made.n_parameters, n=len(rows), theirs=teacher.n_parameters)
    )  # fmt: skip
    objective = lesson(
        made, rows, tokens, said, weights=Weights(stage.temperature, stage.labels, hidden),
        layers=list(layers_of(network.encoder).values()),
    )  # fmt: skip
    fingerprint = fingerprint_of(stage, teacher, rows, validation, bf16=plan.bf16)
    work = Work(
        network, tokens, made.pad_id, objective, scorer(made, validation, checked), lambda n_done, n_steps: None,
        fingerprint,
    )  # fmt: skip
    curve = learn(work, plan, run=run)
    if stage.logit_shift == "auto":
        made = shifted(made, learned, validation, checked, run=run)
    return made.found(curve=curve, epochs=plan.epochs, bf16=plan.bf16)


def _affordable(stage: Any, teacher: Model, n: int, n_layers: int, run: Run) -> float:
    """Give how much layers count: nothing where what the teacher's made of the texts would be too large to keep."""
    mib = n * n_layers * int(teacher.network.encoder.config.hidden_size) * 4 / 2**20
    if stage.hidden and mib > stage.cache_mib:
        run.progress.note(
            t("the teacher's layers are not compared: {mib:,.0f} MiB would be kept, cache_mib allows {most:,}",
              mib=mib, most=stage.cache_mib)
        )  # fmt: skip
        return 0.0
    return float(stage.hidden)
