"""Asks a network in memory: logits of tokenized texts, and how good they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from luodi.data.batches import take_in, token_batches
from luodi.progress import Silent
from luodi.tune.reuse import ask
from luodi.tune.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from luodi.data import Dataset
    from luodi.models.model import Model
    from luodi.progress import Progress
    from luodi.tasks import Task
    from luodi.tasks.judgement import Judgement
    from luodi.tasks.task import Logits
    from luodi.tune.plan import Answer
    from luodi.tune.tokens import Tokens

_BATCH_TOKENS = 8192


def logits_of(network: nn.Module, model: Model, tokens: Tokens, *, answer: Answer = ask) -> list[Logits]:
    """Give each head's logits of n texts, in the order of the heads: (n, n_outputs), or n times (T, n_outputs).

    Args:
        network: the model's own, or what it has become in a training.
        model: its task and its sign of padding.
        tokens: the texts.
        answer: how the network is asked about these texts.
    """
    import torch

    network.eval()
    device = next(network.parameters()).device
    logits = model.task.blank(len(tokens.lengths))
    with torch.inference_mode():
        for rows in token_batches(tokens.lengths, max_tokens=_BATCH_TOKENS):
            ids, mask = tokens.batch(rows, pad_id=model.pad_id)
            answers = answer(network, rows, ids.to(device), mask.to(device))
            made = [answers[str(place)].float().cpu().numpy() for place in range(len(logits))]
            take_in(logits, rows, made, lengths=tokens.lengths)
    return logits


def judge_logits(task: Task, data: Dataset, logits: Sequence[Logits], tokens: Tokens) -> list[Judgement]:
    """Judge what each head's logits of n rows say."""
    answers = [head.decode(table, tokens.pieces) for head, table in zip(task.heads, logits, strict=True)]
    return [
        head.judge(data.labels[head.name], [one.label for one in said])
        for head, said in zip(task.heads, answers, strict=True)
    ]


def scorer(model: Model, data: Dataset, tokens: Tokens, *, answer: Answer = ask) -> Callable[[nn.Module], float]:
    """Give what says how good a network is on rows; more is better.

    Args:
        model: its task and its sign of padding.
        data: the labelled rows.
        tokens: their texts.
        answer: how a network is asked about them.
    """

    def score(network: nn.Module) -> float:
        logits = logits_of(network, model, tokens, answer=answer)
        return main_score(model.task, judge_logits(model.task, data, logits, tokens))

    return score


def judge_model(model: Model, data: Dataset, *, progress: Progress | None = None) -> list[Judgement]:
    """Ask a model about rows, and judge each head's answers."""
    tokens = tokenize(model, data.texts, progress=progress or Silent())
    return judge_logits(model.task, data, logits_of(model.network, model, tokens), tokens)


def main_score(
    task: Task, judgements: Sequence[Judgement], *, rows: Sequence[NDArray[np.int64]] | None = None
) -> float:
    """Average each head's main metric; more is better.

    Args:
        task: the heads.
        judgements: of each.
        rows: for each head the places among its judged rows that count; all of them unless given.
    """
    over = rows or [np.arange(len(one.rows)) for one in judgements]
    heads = zip(task.heads, judgements, over, strict=True)
    return float(np.mean([one.scores[head.main_metric](some) for head, one, some in heads]))
