"""Loading: folders and the zoo, fresh heads, and a sentence for everything that can be wrong with a folder."""

import json
import shutil

import pytest
import torch

from luodi.errors import ModelError
from luodi.models import ZOO, is_installed, load
from luodi.models.positions import longest_input
from luodi.tasks import read_task


@pytest.fixture
def task(toy_data):
    return read_task(toy_data)


@pytest.fixture
def copied(tiny_encoder, tmp_path):
    """A copy of the tiny encoder's folder that a test may spoil."""
    return shutil.copytree(tiny_encoder, tmp_path / "spoiled")


def test_a_folder_becomes_a_model(tiny_encoder, task):
    model = load(str(tiny_encoder), task=task)
    ids = torch.tensor([model.tokenizer.encode("物流很快").ids])
    assert model.network(ids, torch.ones_like(ids))["0"].shape == (1, 2)
    assert not model.network.training
    assert model.max_tokens == 128
    row = model.provenance[0]
    assert (row["use"], row["name"], row["source"]) == ("model", str(tiny_encoder), "folder")
    assert row["parameters"] == model.n_parameters
    assert len(row["sha256"]) == 64
    json.dumps(row)


def test_heads_are_fresh_and_their_seed_is_the_only_chance(tiny_encoder, task):
    state = torch.get_rng_state()
    one, same, other = (load(str(tiny_encoder), task=task, seed=seed).network.heads["0"] for seed in (3, 3, 4))
    assert torch.equal(one.weight, same.weight)
    assert not torch.equal(one.weight, other.weight)
    assert torch.equal(one.bias, torch.zeros(2))
    assert torch.equal(torch.get_rng_state(), state), "the caller's random numbers were used"


def test_max_tokens_is_lowered_to_what_the_model_takes(tiny_encoder, task):
    assert load(str(tiny_encoder), task=task, max_tokens=5000).max_tokens == 128
    assert load(str(tiny_encoder), task=task, max_tokens=40).max_tokens == 40


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("bert", {}), ("roberta", {"pad_token_id": 1}), ("xlm-roberta", {"pad_token_id": 1}), ("distilbert", {}),
        ("electra", {}), ("camembert", {"pad_token_id": 1}), ("deberta-v2", {}), ("mpnet", {"pad_token_id": 1}),
        ("albert", {}), ("modernbert", {"pad_token_id": 0}),
    ],
)  # fmt: skip
def test_every_common_architecture_takes_its_longest_input(kind, options, tiny_encoder, tmp_path, task):
    from transformers import AutoConfig, AutoModel

    shape = {
        "vocab_size": 400, "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64,
        "max_position_embeddings": 34, "dim": 32, "n_layers": 1, "n_heads": 2, "hidden_dim": 64, "embedding_size": 32,
        "bos_token_id": 2, "eos_token_id": 3, "cls_token_id": 2, "sep_token_id": 3,
    }  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        AutoModel.from_config(AutoConfig.for_model(kind, **{**shape, **options})).save_pretrained(tmp_path)
    shutil.copy(tiny_encoder / "tokenizer.json", tmp_path)
    model = load(str(tmp_path), task=task, max_tokens=10_000)
    assert model.max_tokens == (32 if options.get("pad_token_id") == 1 else 34)
    assert model.max_tokens == longest_input(model.network.encoder)
    ids = torch.full((2, model.max_tokens), 7)
    with torch.no_grad():
        logits = model.network(ids, torch.ones_like(ids))["0"]
    assert torch.isfinite(logits).all()


def test_padding_and_truncation_of_the_file_are_left_behind(copied, task):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(copied / "tokenizer.json"))
    tokenizer.enable_padding(length=100)
    tokenizer.enable_truncation(5)
    tokenizer.save(str(copied / "tokenizer.json"))
    model = load(str(copied), task=task)
    assert len(model.tokenizer.encode("物").ids) == 3
    assert len(model.tokenizer.encode("物流很快 " * 20).ids) > 40


def test_a_tokenizer_in_the_old_form_is_converted(copied, task):
    from tokenizers import Tokenizer

    table = Tokenizer.from_file(str(copied / "tokenizer.json")).get_vocab()
    (copied / "vocab.txt").write_text("\n".join(sorted(table, key=table.get)), encoding="utf-8")
    whole = load(str(copied), task=task).tokenizer.encode("the room was lovely").ids
    (copied / "tokenizer.json").unlink()
    assert load(str(copied), task=task).tokenizer.encode("the room was lovely").ids == whole


def test_half_precision_weights_are_read_as_float32(copied, task):
    from transformers import AutoModel

    AutoModel.from_pretrained(copied, dtype=torch.float16).save_pretrained(copied)
    assert {p.dtype for p in load(str(copied), task=task).network.parameters()} == {torch.float32}


def test_the_licence_comes_from_the_card(copied, task):
    assert load(str(copied), task=task).provenance[0]["licence"] is None
    (copied / "README.md").write_text("---\nlanguage: zh\nlicense: mit\ntags: [a]\n---\n# A model\n", encoding="utf-8")
    assert load(str(copied), task=task).provenance[0]["licence"] == "mit"


def _drop(name):
    return lambda folder: (folder / name).unlink()


def _write(name, text):
    return lambda folder: (folder / name).write_text(text, encoding="utf-8")


def _pickled(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _cut_short(folder):
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])


def _foreign_weights(folder):
    from safetensors.torch import save_file

    save_file({"somewhere.else": torch.zeros(3)}, folder / "model.safetensors", metadata={"format": "pt"})


def _small_table(folder):
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    name = next(name for name in weights if "word_embeddings" in name)
    weights[name] = weights[name][:50].clone()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    raw = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**raw, "vocab_size": 50}))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_drop("config.json"), r"holds no config\.json"),
        (_drop("model.safetensors"), "no weights in safetensors"),
        (_pickled, "pickled weights are never loaded"),
        (_cut_short, "cannot be read"),
        (_foreign_weights, "not those of the architecture"),
        (_small_table, "do not belong together"),
        (_drop("tokenizer.json"), "no tokenizer that can be read"),
        (_write("tokenizer.json", "{"), "no tokenizer that can be read"),
        (_write("config.json", "{"), "cannot be read"),
        (_write("config.json", "[]"), "cannot be read"),
        (_write("config.json", '{"model_type": "nothing-known"}'), "cannot be read"),
        (
            _write("config.json", '{"model_type": "bert", "hidden_size": 48, "num_attention_heads": 2}'),
            "cannot be read",
        ),
    ],
)
def test_a_spoiled_folder_gets_a_sentence(spoil, says, copied, task):
    spoil(copied)
    with pytest.raises(ModelError, match=says) as caught:
        load(str(copied), task=task)
    assert str(copied) in caught.value.what
    assert caught.value.exit_code == 7


def test_what_reads_no_text_is_refused(copied, task):
    from transformers import T5Config, T5Model

    shape = {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 1, "num_heads": 2}
    with torch.random.fork_rng(devices=[]):
        T5Model(T5Config(vocab_size=400, **shape)).save_pretrained(copied)
    with pytest.raises(ModelError, match="no text encoder"):
        load(str(copied), task=task)


def test_code_in_a_folder_never_runs(copied, task):
    raw = json.loads((copied / "config.json").read_text())
    raw |= {"model_type": "strange", "auto_map": {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"}}
    (copied / "config.json").write_text(json.dumps(raw))
    (copied / "evil.py").write_text(
        "import pathlib; pathlib.Path(__file__).with_name('ran').touch()\nclass Evil: ...\n"
    )
    with pytest.raises(ModelError):
        load(str(copied), task=task)
    assert not (copied / "ran").exists()


@pytest.mark.zoo
@pytest.mark.parametrize("name", sorted(ZOO))
def test_the_zoo_holds_what_it_says(name, task):
    entry = ZOO[name]
    assert is_installed(entry)
    model = load(name, task=task)
    encoder = model.network.encoder
    assert sum(p.numel() for p in encoder.parameters()) == entry.parameters
    assert (encoder.config.num_hidden_layers, encoder.config.hidden_size) == (entry.layers, entry.hidden)
    assert encoder.config.vocab_size == entry.pieces
    assert model.max_tokens == 128
    assert model.tokenizer.padding is None
    assert model.tokenizer.truncation is None
    assert model.provenance[0]["licence"] == entry.licence
    assert longest_input(encoder) == 512
