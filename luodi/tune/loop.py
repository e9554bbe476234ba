"""The one training loop: batches in, best weights out, able to go on from any kill.

Covers one process on CPU or GPU, and several under ``accelerate launch`` (each takes every n-th batch). Everything
that differs between methods comes in from outside: what is learned (``objective``), which weights (``requires_grad``),
what happens after a step (``after_step``), when it is good (``evaluate``).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from luodi.data.batches import token_batches
from luodi.language import t
from luodi.tune.checkpoint import Snapshot, newest, save
from luodi.tune.optimizer import learning_rate_factor, make_optimizer, optimizer_tensors, restore_optimizer
from luodi.tune.signals import heed_signals
from luodi.tune.trackers import make_accelerator

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor, nn

    from luodi.models.stage import Run
    from luodi.progress import Bar
    from luodi.tune.tokens import Tokens

    #: (network, places of the batch's texts, ids (B, T), mask (B, T)) -> mean loss, a scalar
    Objective = Callable[[nn.Module, NDArray[np.int64], Tensor, Tensor], Tensor]

#: A checkpoint is written when this many seconds of work would be lost ...
SAVE_EVERY_S = 30.0
#: ... unless writing takes more than this share of the time.
SAVE_SHARE = 0.05


@dataclass(frozen=True)
class Plan:
    """The numbers of one training; see ``Finetune`` for what each means."""

    epochs: int
    learning_rate: float
    head_learning_rate: float
    weight_decay: float = 0.01
    warmup: float = 0.1
    max_grad_norm: float = 1.0
    batch_tokens: int = 4096
    batch_texts: int = 32
    evaluations_per_epoch: int = 1
    patience: int = 3
    bf16: bool = False
    seed: int = 7


@dataclass
class Position:
    """Where a training stands; all of it goes into a checkpoint."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    best: float = float("-inf")
    since_best: int = 0
    loss: float = 0.0
    curve: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Work:
    """What is trained on what.

    Args:
        network: the weights, those that learn marked by ``requires_grad``.
        tokens: the training texts.
        pad_id: fills batches up.
        objective: the loss of a batch.
        evaluate: how good the network is now; more is better. It is called in eval mode.
        after_step: called after each optimizer step with the progress from 0 to 1.
        fingerprint: of everything that decides the result; a checkpoint of another one is not taken up.
    """

    network: nn.Module
    tokens: Tokens
    pad_id: int
    objective: Objective
    evaluate: Callable[[nn.Module], float]
    after_step: Callable[[float], None]
    fingerprint: str


def train(work: Work, plan: Plan, *, run: Run) -> list[dict[str, float]]:
    """Train a network in place and leave its best weights in it.

    Returns:
        The learning curve: a row for each evaluation, with step, epoch, loss and metric.

    Raises:
        KeyboardInterrupt: Ctrl-C or SIGTERM came; a checkpoint was written first, where the run has a folder.
    """
    import torch

    accelerator = make_accelerator(run)
    devices = [accelerator.device] if accelerator.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices), heed_signals() as wish:
        torch.manual_seed(plan.seed)
        loop = _Loop(work, plan, run, accelerator)
        loop.resume()
        with run.progress.work(t("tuning"), total=plan.epochs * len(work.tokens.lengths), unit=t("texts")) as bar:
            while not loop.is_done:
                for rows in loop.rest_of_epoch():
                    loop.learn(rows, bar)
                    if wish.asked:
                        loop.save(must=True)
                        raise KeyboardInterrupt
                    loop.save()
                loop.next_epoch()
        return loop.finish()


class _Loop:
    """State of one training between its steps."""

    def __init__(self, work: Work, plan: Plan, run: Run, accelerator: Any) -> None:
        self.work, self.plan, self.run, self.accelerator = work, plan, run, accelerator
        optimizer = make_optimizer(work.network, plan)
        self.network, self.optimizer = accelerator.prepare(work.network, optimizer)
        self.at = Position()
        self.best: dict[str, Tensor] = {}
        self.batches: list[NDArray[np.int64]] = []
        self.saved_at, self.save_cost = time.monotonic(), 0.0

    @property
    def is_done(self) -> bool:
        return self.at.epoch >= self.plan.epochs or self.at.since_best >= self.plan.patience

    def rest_of_epoch(self) -> list[NDArray[np.int64]]:
        """Give this process's batches that are still to come; their order depends on seed and epoch alone."""
        n, mine = self.accelerator.num_processes, self.accelerator.process_index
        rng = np.random.default_rng([self.plan.seed, self.at.epoch])
        batches = token_batches(
            self.work.tokens.lengths, max_tokens=self.plan.batch_tokens, max_texts=self.plan.batch_texts, rng=rng
        )
        usable = len(batches) - len(batches) % n or len(batches)
        self.batches = batches[mine:usable:n]
        return self.batches[self.at.batch :]

    def learn(self, rows: NDArray[np.int64], bar: Bar) -> None:
        """Do one optimizer step, and an evaluation where one is due."""
        import torch

        self.network.train()
        started = time.monotonic()
        device = self.accelerator.device
        ids, mask = self.work.tokens.batch(rows, pad_id=self.work.pad_id)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=self.plan.bf16):
            loss = self.work.objective(self.network, rows, ids.to(device), mask.to(device))
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.network.parameters(), self.plan.max_grad_norm)
        factor = learning_rate_factor(self._progress(), warmup=self.plan.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        at = self.at
        at.batch, at.step = at.batch + 1, at.step + 1
        at.loss = float(loss.detach()) if at.step == 1 else 0.98 * at.loss + 0.02 * float(loss.detach())
        self.work.after_step(self._progress())
        rate = int(mask.sum()) / max(time.monotonic() - started, 1e-9)
        bar.advance(len(rows) * self.accelerator.num_processes, loss=at.loss, tokens_per_s=rate, **self._best_figure())
        if self._is_evaluation_due():
            self._evaluate()

    def next_epoch(self) -> None:
        self.at.epoch, self.at.batch = self.at.epoch + 1, 0

    def finish(self) -> list[dict[str, float]]:
        """Put the best weights back and close the tracker."""
        network = self.accelerator.unwrap_model(self.network)
        if self.best:
            network.load_state_dict(self.best)
        network.to("cpu").eval()
        self.accelerator.end_training()
        return self.at.curve

    def _best_figure(self) -> dict[str, float]:
        return {"best": self.at.best} if self.at.curve else {}

    def _progress(self) -> float:
        done = self.at.epoch + self.at.batch / max(len(self.batches), 1)
        return min(1.0, done / self.plan.epochs)

    def _is_evaluation_due(self) -> bool:
        n, k = len(self.batches), self.plan.evaluations_per_epoch
        return self.at.batch in {-(-n * part // k) for part in range(1, k + 1)}

    def _evaluate(self) -> None:
        network = self.accelerator.unwrap_model(self.network)
        network.eval()
        metric = self.work.evaluate(network)
        at = self.at
        epoch = at.epoch + at.batch / len(self.batches)
        at.curve.append({"step": at.step, "epoch": round(epoch, 3), "loss": at.loss, "metric": metric})
        is_better = metric > at.best
        at.since_best = 0 if is_better else at.since_best + 1
        if is_better:
            at.best = metric
            self.best = {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}
        mark = t("the best so far") if is_better else t("best: {best:.4f}", best=at.best)
        self.run.progress.note(
            t("epoch {epoch:.1f}: loss {loss:.3f}, validation {metric:.4f} ({mark})",
              epoch=epoch, loss=at.loss, metric=metric, mark=mark)
        )  # fmt: skip
        self.accelerator.log({"loss": at.loss, "validation": metric, "epoch": epoch}, step=at.step)

    # -- going on after a kill ------------------------------------------------------------------------------------

    @property
    def _folder(self) -> Path | None:
        return self.run.folder / "checkpoints" if self.run.folder else None

    def resume(self) -> None:
        """Go on from the newest whole checkpoint of this very training, where there is one."""
        import torch

        found = newest(self._folder, fingerprint=self.work.fingerprint) if self._folder else None
        if found is None:
            return
        self.accelerator.unwrap_model(self.network).load_state_dict(found.tensors["network"])
        restore_optimizer(self.optimizer, found.tensors["optimizer"])
        self.best = dict(found.tensors.get("best", {}))
        self.at = Position(**{**found.state, "best": _number(found.state["best"])})
        torch.set_rng_state(found.tensors["random"]["cpu"])
        if "device" in found.tensors["random"]:
            torch.cuda.set_rng_state(found.tensors["random"]["device"], self.accelerator.device)
        self.run.progress.note(t("going on from step {step:,}", step=self.at.step))

    def save(self, *, must: bool = False) -> None:
        """Write a checkpoint when enough work has gathered since the last, or when one must be written now."""
        waited = time.monotonic() - self.saved_at
        due = waited > max(SAVE_EVERY_S, self.save_cost / SAVE_SHARE)
        if not self._folder or not (due or must) or not self.accelerator.is_main_process:
            return
        started = time.monotonic()
        try:
            save(self._snapshot(), self._folder, fingerprint=self.work.fingerprint)
        except OSError as failed:
            self.run.progress.note(t("no checkpoint could be written ({why}); tuning goes on", why=failed))
        self.saved_at = time.monotonic()
        self.save_cost = self.saved_at - started

    def _snapshot(self) -> Snapshot:
        import torch

        network = self.accelerator.unwrap_model(self.network)
        random = {"cpu": torch.get_rng_state()}
        if self.accelerator.device.type == "cuda":
            random["device"] = torch.cuda.get_rng_state(self.accelerator.device)
        tensors = {"network": network.state_dict(), "optimizer": optimizer_tensors(self.optimizer), "random": random}
        if self.best:
            tensors["best"] = self.best
        return Snapshot(self.at.step, tensors, {**vars(self.at), "best": str(self.at.best)})


def _number(text: str) -> float:
    return float(text)
