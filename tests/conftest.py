"""Tiny real things that tests share: a labelled set, a two-layer encoder with its tokenizer, a model of both."""

import os
from collections import Counter
from pathlib import Path

import hypothesis
import numpy as np
import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# A timing is never asserted in a test: how long an example takes depends on who else wants the machine.
hypothesis.settings.register_profile("luodi", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("luodi")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OMP_NUM_THREADS", "1")

#: Real labelled sets beside the checkout; tests marked ``shared`` skip without them.
SHARED = Path(__file__).parents[2] / "shared" / "data"

_SUBJECTS = ("物流", "包装", "味道", "服务", "价格", "the driver", "the room", "the soup")
_GOOD = ("很快", "很好", "满意", "喜欢", "was great", "was lovely")
_BAD = ("太慢", "很差", "失望", "难吃", "was awful", "was cold")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("shared") and not SHARED.exists():
            item.add_marker(pytest.mark.skip(reason=f"the real data sets are not at {SHARED}"))


@pytest.fixture(scope="session")
def shared_data():
    return SHARED


def reviews(n, seed=0):
    """n short reviews, Chinese and English, of two labels that a tiny encoder can learn, and a few customers."""
    from luodi.data.dataset import Dataset

    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for row in range(n):
        good = bool(rng.integers(2))
        texts.append(f"{rng.choice(_SUBJECTS)}{rng.choice(_GOOD if good else _BAD)}，{rng.choice(_SUBJECTS)} {row}")
        labels.append("正面" if good else "负面")
    return Dataset.of(texts, {"情感": labels}, groups=tuple(f"c{i % 17}" for i in range(n)))


@pytest.fixture(scope="session")
def toy_data():
    return reviews(240)


def _vocabulary(words, *, size):
    """Number the pieces: every sign at a word's beginning and within, then the most frequent words.

    The trainers of ``tokenizers`` give another vocabulary each time they run, and with it another model to each run of
    the tests.
    """
    signs = sorted({sign for word in words for sign in word})
    frequent = sorted((word for word in words if len(word) > 1), key=lambda word: (-words[word], word))
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *signs, *(f"##{sign}" for sign in signs), *frequent]
    return {piece: place for place, piece in enumerate(pieces[:size])}


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory):
    """A folder in the hub's layout: a BERT of two layers, hidden 32, its WordPiece knows some Chinese and English."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, set_seed

    folder = tmp_path_factory.mktemp("tiny-encoder")
    normalizer, pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    words = Counter(
        word for text in reviews(2000, seed=1).texts
        for word, _ in pre_tokenizer.pre_tokenize_str(normalizer.normalize_str(text))
    )  # fmt: skip
    vocabulary = _vocabulary(words, size=400)
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, pre_tokenizer
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    set_seed(0)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=128,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model(tiny_encoder, toy_data):
    """An untrained model of the tiny encoder for the toy data; never changed by a test."""
    import torch
    from tokenizers import Tokenizer
    from torch import nn
    from transformers import AutoModel

    from luodi.models.model import Model, Network
    from luodi.tasks.classify import Classify
    from luodi.tasks.task import Task

    torch.manual_seed(0)
    encoder = AutoModel.from_pretrained(tiny_encoder, add_pooling_layer=False)
    head = Classify.fit("情感", toy_data)
    network = Network(encoder, nn.ModuleDict({"0": nn.Linear(32, head.n_outputs)}))
    network.eval()
    tokenizer = Tokenizer.from_file(str(tiny_encoder / "tokenizer.json"))
    return Model(network, tokenizer, Task((head,)), 64, 0, ({"use": "folder", "name": "tiny"},))


@pytest.fixture(scope="session")
def stopper():
    """A class of listeners to a training: ``stopper(after, do)`` does something after so many steps.

    Unless told otherwise that is to send SIGTERM to the process. It keeps the notes, the figures of every step, and how
    many texts were learned from.
    """
    import signal

    from luodi.progress import Silent

    def terminate():
        os.kill(os.getpid(), signal.SIGTERM)

    class Stopper(Silent):
        def __init__(self, after=-1, do=terminate):
            self.after, self.do, self.notes, self.figures, self.done = after, do, [], [], 0

        def note(self, text):
            self.notes.append(text)

        def work(self, title, *, total, unit):
            listener = self

            class Bar:
                def __enter__(self):
                    return self

                def __exit__(self, *_):
                    return None

                def advance(self, n=1, **figures):
                    listener.done += n * (title == "tuning")
                    if "loss" in figures:
                        listener.figures.append(figures)
                        listener.after -= 1
                        if listener.after == 0:
                            listener.do()

            return Bar()

    return Stopper


@pytest.fixture(scope="session")
def built(toy_data, tiny_encoder, tmp_path_factory):
    """A bundle of the tiny encoder that the main job built and proved; never changed by a test."""
    import csv

    import luodi

    table = tmp_path_factory.mktemp("built") / "reviews.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["评论", "情感"])
        writer.writerows(zip(toy_data.texts, toy_data.labels["情感"], strict=True))
    stages = [{"use": "finetune", "epochs": 1}]
    made = luodi.build(table, output=table.with_name("reviews.luodi"), model=str(tiny_encoder), stages=stages)
    return Path(made.bundle)


@pytest.fixture(scope="session")
def tiny_bundle(tiny_model, tmp_path_factory):
    """The tiny model as a bundle, unproved; never changed by a test."""
    import json

    from luodi.bundle import Contents, Draft, Feeding, export

    folder = tmp_path_factory.mktemp("tiny-bundle")
    with Draft(folder) as draft:
        draft.add("model.onnx", export(tiny_model))
        draft.add("tokenizer.json", tiny_model.tokenizer.to_str().encode())
        draft.add("calibration.json", json.dumps({"model": {"情感": {"temperature": 1.5}}}).encode())
        feeding = Feeding(max_tokens=tiny_model.max_tokens, pad_id=tiny_model.pad_id)
        task = tiny_model.task.to_json()
        draft.seal(Contents(name="tiny", created="2026-01-02", luodi="0.1.0", task=task, feeding=feeding))
        return draft.publish(folder / "tiny.luodi")


class Serving:
    """A service in a process of its own, as its user starts it; on a free port, with a home of its own."""

    def __init__(self, bundles, flags, home):
        import json
        import subprocess
        import sys

        words = [sys.executable, "-m", "luodi", "serve", *map(str, bundles), "--port", "0", "--json", "--quiet", *flags]
        root = Path(__file__).parents[1]
        env = {**os.environ, "LUODI_HOME": str(home), "LANG": "C.UTF-8", "PYTHONPATH": str(root)}
        self.home = home
        self.log = (home / "log").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise AssertionError(self.said())
        self.told = json.loads(line)
        self.address = self.told["address"]

    def said(self):
        """Everything on standard error so far."""
        self.log.flush()
        return Path(self.log.name).read_text("utf-8")

    def ask(self, method, path, body=None, *, key=None, headers=None):
        """Send one request: the status, the answer, the headers."""
        import json
        import urllib.error
        import urllib.request

        raw = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        said = {**({"authorization": f"Bearer {key}"} if key else {}), **(headers or {})}
        request = urllib.request.Request(self.address + path, raw, said, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                status, text, names = answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as refused:
            with refused:
                status, text, names = refused.code, refused.read(), refused.headers
        return status, json.loads(text) if names["content-type"] == "application/json" else text.decode(), names

    def end(self, sign=15):
        """Stop it and give its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
        try:
            code = self.process.wait(60)
        finally:
            self.process.kill()
            self.process.stdout.close()
            self.log.close()
        return code


@pytest.fixture
def serving(tmp_path):
    """Start services: ``serving(bundle, "--require-key")``; they end with the test."""
    started = []

    def start(*words, home=None):
        bundles = [word for word in words if not str(word).startswith("--")]
        flags = [word for word in words if str(word).startswith("--")]
        home = home or tmp_path / f"home{len(started)}"
        home.mkdir(exist_ok=True)
        started.append(Serving(bundles, flags, home))
        return started[-1]

    yield start
    for one in started:
        one.end()
