"""Tiny real bundles of every shape: one head, several, two tiers, pairs; written once, never changed by a test."""

import json
import threading

import pytest

from luodi.bundle import Contents, Draft, Feeding, Tier, export, open_predictor, read_bundle


@pytest.fixture(scope="session")
def write_bundle(tiny_encoder, tmp_path_factory):
    """Write a bundle of an untrained network for a task: ``write_bundle(task, seed=0, **contents)``."""
    import torch
    from tokenizers import Tokenizer
    from torch import nn
    from transformers import AutoModel

    from luodi.models.model import Model, Network

    def write(task, *, seed=0, name="tiny", fast=None, least=None, **fields):
        torch.manual_seed(seed)
        encoder = AutoModel.from_pretrained(tiny_encoder, add_pooling_layer=False)
        layers = nn.ModuleDict({str(n): nn.Linear(32, head.n_outputs) for n, head in enumerate(task.heads)})
        network = Network(encoder, layers, by_token=task.by_token).eval()
        tokenizer = Tokenizer.from_file(str(tiny_encoder / "tokenizer.json"))
        model = Model(network, tokenizer, task, 64, 0, ())
        tiers = [Tier(name="fast", file="fast.onnx", least=least), Tier()] if fast else [Tier()]
        heat = {head.name: {"temperature": 1.5} for head in task.heads}
        folder = tmp_path_factory.mktemp("served")
        with Draft(folder) as draft:
            draft.add("model.onnx", export(model))
            if fast:
                draft.add("fast.onnx", fast)
            draft.add("tokenizer.json", model.tokenizer.to_str().encode())
            draft.add("calibration.json", json.dumps({tier.name: heat for tier in tiers}).encode())
            about = {
                "name": name, "created": "2026-01-02T03:04:05Z", "luodi": "0.1.0", "task": task.to_json(),
                "feeding": Feeding(max_tokens=64, pad_id=0), "tiers": tiers,
            }  # fmt: skip
            draft.seal(Contents(**{**about, **fields}))
            return draft.publish(folder / f"{name}.luodi")

    return write


@pytest.fixture(scope="session")
def one_head(write_bundle):
    from luodi.tasks import Classify, Task

    return write_bundle(Task((Classify("情感", ("正面", "负面")),)), thresholds={"情感": 0.5})


@pytest.fixture(scope="session")
def another(write_bundle):
    """Other weights, the same question."""
    from luodi.tasks import Classify, Task

    return write_bundle(Task((Classify("情感", ("正面", "负面")),)), seed=1)


@pytest.fixture(scope="session")
def several_heads(write_bundle):
    from luodi.tasks import Classify, Task
    from luodi.tasks.multilabel import Multilabel
    from luodi.tasks.tag import Tag

    heads = (Classify("情感", ("正面", "负面")), Multilabel("方面", ("味道", "服务")), Tag("名称", ("人", "地")))
    return write_bundle(Task(heads), name="several")


@pytest.fixture(scope="session")
def cascade(write_bundle, another):
    """The first tier has other weights, and is sure of about half of all texts."""
    from luodi.tasks import Classify, Task

    fast = read_bundle(another).read("model.onnx")
    with open_predictor(read_bundle(another)) as runner:
        sure = sorted(answer.probability for answer in runner.predict(["物流很快", "the soup", "太慢", "", "好" * 40]))
    task = Task((Classify("情感", ("正面", "负面")),))
    return write_bundle(task, name="cascade", fast=fast, least={"情感": sure[2]})


@pytest.fixture(scope="session")
def pairs(write_bundle):
    from luodi.tasks import Task
    from luodi.tasks.match import Match

    return write_bundle(Task((Match("同义", "不", "是", 1.0),)), name="pairs")


@pytest.fixture(scope="session", params=["one_head", "several_heads", "cascade", "pairs"])
def bundle(request):
    """Every shape in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def runner(one_head):
    with open_predictor(read_bundle(one_head), workers=1) as opened:
        yield opened


class Held:
    """A runner that computes a batch only when it is let go: ``release``; ``started`` tells that one is held."""

    def __init__(self, runner):
        self.runner, self.batches = runner, []
        self.started, self.release = threading.Semaphore(0), threading.Semaphore(0)

    def alone(self):
        return self

    def close(self):
        self.runner = None

    def split(self, texts):
        return self.runner.split(texts)

    def answer(self, encoded):
        self.batches.append([len(ids) for ids in encoded.ids])
        self.started.release()
        assert self.release.acquire(timeout=60)
        return self.runner.answer(encoded)


@pytest.fixture
def held(runner):
    one = Held(runner)
    yield one
    one.release.release(10_000)


@pytest.fixture
def watched():
    """The class of ``held``, to be told otherwise what an answer is."""
    return Held


@pytest.fixture(scope="session")
def open_batcher():
    """Open a batcher of two workers, but for what is named."""
    from luodi.serve import Batcher, Plan

    return lambda runner, **plan: Batcher(runner, plan=Plan(**{"workers": 2, **plan}))
