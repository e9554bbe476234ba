"""The one training loop: batches in, best weights out, able to go on from any kill.

Covers one process on CPU or GPU, and several under ``accelerate launch`` (each takes every n-th batch). Everything
that differs between methods comes in from outside: what is learned (``objective``), which weights (``requires_grad``),
what happens after a step (``after_step``), when it is good (``evaluate``).
"""

from __future__ import annotations

import math
import time
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.batches import token_batches
from luodi.errors import RecipeError
from luodi.language import t
from luodi.progress import Silent
from luodi.tune.average import Average
from luodi.tune.checkpoint import Snapshot
from luodi.tune.optimizer import learning_rate_factor, make_optimizer, optimizer_tensors, restore_optimizer
from luodi.tune.rest import Rest
from luodi.tune.signals import heed_signals
from luodi.tune.trackers import make_accelerator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from torch import Tensor

    from luodi.models.stage import Run
    from luodi.progress import Bar
    from luodi.tune.plan import Plan, Work


def train(work: Work, plan: Plan, *, run: Run) -> list[dict[str, float]]:
    """Train a network in place and leave its best weights in it.

    Returns:
        The learning curve: a row for each evaluation, with step, epoch, mean loss since the last one, and metric.

    Raises:
        KeyboardInterrupt: Ctrl-C or SIGTERM came; a checkpoint was written first, where the run has a folder.
        RecipeError: the loss is no number any more.
    """
    accelerator = make_accelerator(run)
    if not accelerator.is_main_process:
        run = replace(run, progress=Silent())
    with _own_randomness(), heed_signals() as wish:
        loop = _Loop(work, plan, run, accelerator)
        loop.resume()
        with run.progress.work(t("tuning"), total=plan.epochs * len(work.tokens.lengths), unit=t("texts")) as bar:
            bar.advance(loop.n_done)
            while not loop.is_done:
                loop.learn(bar)
                if is_evaluated := loop.is_evaluation_due:
                    loop.evaluate()
                loop.turn_page()
                must_stop = loop.agree(wish.asked)
                loop.save(is_evaluated=is_evaluated, must=must_stop)
                if must_stop:
                    raise KeyboardInterrupt
        return loop.finish()


@dataclass
class Position:
    """Where a training stands; all of it goes into a checkpoint.

    Args:
        epoch: passes done.
        batch: batches done in this pass.
        step: optimizer steps done.
        best: the best metric so far, and ``best_step``: when.
        since_best: evaluations since.
        losses: sum of the losses of the last ``n_losses`` steps, those since the last evaluation.
        curve: a row for each evaluation.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    best: float = float("-inf")
    best_step: int = 0
    since_best: int = 0
    losses: float = 0.0
    n_losses: int = 0
    curve: list[dict[str, float]] = field(default_factory=list)


class _Loop:
    """State of one training between its steps."""

    def __init__(self, work: Work, plan: Plan, run: Run, accelerator: Any) -> None:
        self.work, self.plan, self.run, self.accelerator = work, plan, run, accelerator
        self.network, self.optimizer = accelerator.prepare(work.network, make_optimizer(work.network, plan))
        self.average = Average(accelerator.unwrap_model(self.network)) if plan.averages else None
        self.rest = Rest(run, fingerprint=f"{work.fingerprint} x {accelerator.num_processes}")
        self.at = Position()
        self.best: dict[str, Tensor] = {}
        self.batches = self._batches()
        self.n_steps = plan.epochs * len(self.batches)
        self.n_tokens, self.seconds = 0, 1e-9

    @property
    def is_done(self) -> bool:
        """Tell whether all passes are done, or the metric has not risen for too long."""
        return not self.batches or self.at.epoch >= self.plan.epochs or self.at.since_best >= self.plan.patience

    @property
    def n_done(self) -> int:
        """Count the texts learned from, over all passes."""
        in_this_pass = sum(len(rows) for together in self.batches[: self.at.batch] for rows in together)
        return self.at.epoch * len(self.work.tokens.lengths) + in_this_pass

    @property
    def progress(self) -> float:
        """Tell how far the training has come, from 0 to 1."""
        return min(1.0, (self.at.epoch + self.at.batch / max(len(self.batches), 1)) / self.plan.epochs)

    @property
    def is_evaluation_due(self) -> bool:
        """Tell whether an evaluation falls between the last batch and the next."""
        k = self.plan.evaluations_per_epoch
        return self.at.batch in {-(-len(self.batches) * part // k) for part in range(1, k + 1)}

    def learn(self, bar: Bar) -> None:
        """Do one optimizer step; its dropout depends on seed and step alone, so nothing random has to be kept."""
        import torch

        started, at, n = time.monotonic(), self.at, self.accelerator.num_processes
        device, together = self.accelerator.device, self.batches[at.batch]
        rows = together[self.accelerator.process_index]
        n_texts = sum(map(len, together))
        torch.manual_seed(_seed_of(self.plan.seed, at.step, self.accelerator.process_index))
        self.network.train()
        ids, mask = self.work.tokens.batch(rows, pad_id=self.work.pad_id)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=self.plan.bf16):
            loss = self.work.objective(self.network, rows, ids.to(device), mask.to(device))
        self.accelerator.backward(loss * (n * len(rows) / n_texts))  # processes are averaged: now texts are
        self.accelerator.clip_grad_norm_(self.network.parameters(), self.plan.max_grad_norm)
        factor = learning_rate_factor(self.progress, warmup=self.plan.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        self.optimizer.step()
        self.work.after_step(at.step + 1, self.n_steps)
        self.optimizer.zero_grad(set_to_none=True)
        at.batch, at.step, at.n_losses = at.batch + 1, at.step + 1, at.n_losses + 1
        at.losses += _finite(loss, at.step)
        if self.average:
            self.average.take(at.step)
        self.n_tokens, self.seconds = self.n_tokens + int(mask.sum()) * n, self.seconds + time.monotonic() - started
        figures = {"best": at.best} if at.curve else {}
        bar.advance(n_texts, loss=at.losses / at.n_losses, tokens_per_s=self.n_tokens / self.seconds, **figures)

    def evaluate(self) -> None:
        """Ask how good the network is now, its weights averaged, and keep them if it was never better."""
        network, at = self.accelerator.unwrap_model(self.network), self.at
        with self.average.in_place() if self.average else nullcontext():
            metric = self.work.evaluate(network.eval())
            is_better = metric > at.best
            if is_better:
                at.best, at.best_step = metric, at.step
                self.best = {name: value.detach().to("cpu", copy=True) for name, value in network.state_dict().items()}
        epoch, loss = at.epoch + at.batch / len(self.batches), at.losses / max(at.n_losses, 1)
        at.losses, at.n_losses = 0.0, 0
        at.curve.append({"step": at.step, "epoch": round(epoch, 3), "loss": loss, "metric": metric})
        at.since_best = 0 if is_better else at.since_best + 1
        mark = t("the best so far") if is_better else t("best: {best:.4f}", best=at.best)
        self.run.progress.note(
            t("epoch {epoch:.1f}: loss {loss:.3f}, validation {metric:.4f} ({mark})",
              epoch=epoch, loss=loss, metric=metric, mark=mark)
        )  # fmt: skip
        self.accelerator.log({"loss": loss, "validation": metric, "epoch": epoch}, step=at.step)
        if self.run.watch:
            self.run.watch(at.curve, self.plan.epochs)

    def agree(self, asked: bool) -> bool:
        """Tell whether any process was asked to stop: all stop at the same step, or those left would wait for ever."""
        if self.accelerator.num_processes == 1:
            return asked
        import torch

        return bool(self.accelerator.reduce(torch.tensor(float(asked), device=self.accelerator.device)) > 0)

    def turn_page(self) -> None:
        """Begin the next pass where this one is through."""
        if self.at.batch >= len(self.batches):
            self.at.epoch, self.at.batch = self.at.epoch + 1, 0
            self.batches = self._batches()

    def finish(self) -> list[dict[str, float]]:
        """Put the best weights back and close the tracker."""
        network = self.accelerator.unwrap_model(self.network)
        if self.best:
            network.load_state_dict(self.best)
        elif self.average:
            self.average.settle()
        network.to("cpu").eval()
        for tracker in self.accelerator.trackers:  # not end_training(): the processes may have more to train
            tracker.finish()
        self.accelerator.wait_for_everyone()
        return self.at.curve

    def resume(self) -> None:
        """Go on from the newest whole checkpoint of this very training, where there is one."""
        found = self.rest.find()
        if found is None:
            return
        self.accelerator.unwrap_model(self.network).load_state_dict(found.tensors["network"])
        restore_optimizer(self.optimizer, found.tensors["optimizer"])
        if self.average:
            self.average.restore(found.tensors["average"])
        self.best = dict(found.tensors.get("best", {}))
        self.at = Position(**found.state)
        self.batches = self._batches()
        self.run.progress.note(t("going on from step {step:,}", step=self.at.step))

    def save(self, *, is_evaluated: bool, must: bool) -> None:
        """Write a checkpoint where one is due, or must be written now."""
        if self.accelerator.is_main_process and (must or self.rest.is_due(is_evaluated=is_evaluated)):
            network = self.accelerator.unwrap_model(self.network)
            tensors = {"network": network.state_dict(), "optimizer": optimizer_tensors(self.optimizer)}
            if self.average:
                tensors["average"] = self.average.tensors
            if self.best:
                tensors["best"] = self.best
            self.rest.write(Snapshot(self.at.step, tensors, asdict(self.at), {"best": self.at.best_step}))

    def _batches(self) -> list[list[NDArray[np.int64]]]:
        """Divide this pass into steps, each a batch for every process; the order depends on seed and epoch alone."""
        n, plan = self.accelerator.num_processes, self.plan
        rng = np.random.default_rng([plan.seed, self.at.epoch])
        lengths = self.work.tokens.lengths
        batches = token_batches(lengths, max_tokens=plan.batch_tokens, max_texts=plan.batch_texts, rng=rng)
        return [[batches[(i + j) % len(batches)] for j in range(n)] for i in range(0, len(batches), n)]


def _seed_of(seed: int, step: int, process: int) -> int:
    return int(np.random.SeedSequence([seed, step, process]).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _finite(loss: Tensor, step: int) -> float:
    """Read a loss.

    Raises:
        RecipeError: it is infinite or no number.
    """
    value = float(loss.detach())
    if not math.isfinite(value):
        raise RecipeError(
            t("tuning: the loss is no number any more, at step {step:,}", step=step),
            found=str(value),
            fix=t("a lower learning_rate (a tenth), or precision: fp32"),
        )
    return value


@contextmanager
def _own_randomness() -> Iterator[None]:
    """Leave the caller's random numbers as they were."""
    import torch

    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        yield
