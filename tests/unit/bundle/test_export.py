"""The exported file is the model: equal answers at every shape, equal bytes, nothing of this machine in it."""

import numpy as np
import pytest
import torch
from torch import nn

from luodi.bundle import export
from luodi.bundle.engine import open_session
from luodi.errors import ModelError
from luodi.models.model import Model, Network
from luodi.tasks import Classify, Task

SIZES = {
    "vocab_size": 300, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64,
    "max_position_embeddings": 70,
}  # fmt: skip


def of_config(config, tokenizer, *, pad_id=0, pooling="mean"):
    """A random model of a configuration with two heads."""
    from transformers import AutoModel

    torch.manual_seed(0)
    encoder = AutoModel.from_config(config)
    heads = nn.ModuleDict({"0": nn.Linear(32, 3), "1": nn.Linear(32, 2)})
    task = Task((Classify("a", ("x", "y", "z")), Classify("b", ("u", "v"))))
    return Model(Network(encoder, heads, pooling=pooling).eval(), tokenizer, task, 64, pad_id)


def apart(model, raw, shapes=((1, 1), (1, 64), (5, 3), (2, 33))):
    """The largest difference of logits, padding in the last row included."""
    session, worst = open_session(raw), 0.0
    for rows, tokens in shapes:
        ids = np.random.default_rng(tokens).integers(3, 300, (rows, tokens))
        mask = np.ones_like(ids)
        if rows > 1:
            mask[-1, 1:] = 0
        with torch.no_grad():
            want = model.network(torch.from_numpy(ids), torch.from_numpy(mask))
        got = session.run(None, {"input_ids": ids, "attention_mask": mask})
        assert len(got) == len(want)
        worst = max(worst, *(float(np.abs(want[str(i)].numpy() - one).max()) for i, one in enumerate(got)))
    return worst


def test_equal_answers_and_equal_bytes(tiny_model, tiny_onnx):
    assert apart(tiny_model, tiny_onnx) < 1e-4
    assert export(tiny_model) == tiny_onnx
    assert tiny_model.network.encoder.config._attn_implementation == "sdpa"


def test_nothing_of_this_machine_is_in_the_file(tiny_onnx):
    for word in (b"site-packages", b"stack_trace", b"luodi/", b".py", b"/home", b"/work"):
        assert word not in tiny_onnx


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["roberta", "distilbert", "modernbert", "electra", "bert-cls"])
def test_other_architectures(kind, tiny_model):
    import transformers as hf

    small = {"vocab_size": 300, "dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64, "max_position_embeddings": 70}
    specials = {f"{name}_token_id": place for place, name in enumerate(("pad", "bos", "eos", "cls", "sep"))}
    configs = {
        "roberta": lambda: hf.RobertaConfig(**SIZES, pad_token_id=1),
        "distilbert": lambda: hf.DistilBertConfig(**small),
        "modernbert": lambda: hf.ModernBertConfig(
            **SIZES, **specials, global_attn_every_n_layers=2, local_attention=16
        ),
        "electra": lambda: hf.ElectraConfig(**SIZES, embedding_size=32),
        "bert-cls": lambda: hf.BertConfig(**SIZES),
    }
    pooling = "cls" if kind == "bert-cls" else "mean"
    model = of_config(configs[kind](), tiny_model.tokenizer, pad_id=int(kind == "roberta"), pooling=pooling)
    assert apart(model, export(model)) < 1e-4


def test_a_file_that_answers_otherwise_is_refused(tiny_model, tiny_onnx):
    import onnx
    from onnx import numpy_helper

    from luodi.bundle.export import _check_answers

    broken = onnx.load_model_from_string(tiny_onnx)
    table = next(one for one in broken.graph.initializer if one.dims == [2])
    table.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(table) + 1e-2, table.name))
    _check_answers(tiny_model.network, tiny_onnx, longest=8)
    with pytest.raises(ModelError, match="answers otherwise"):
        _check_answers(tiny_model.network, broken.SerializeToString(), longest=8)
