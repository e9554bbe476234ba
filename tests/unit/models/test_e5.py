"""The E5 file is read as its layout says, and a damaged one is refused with a sentence."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.errors import ModelError
from luodi.models.e5 import build_bert, read_e5
from luodi.models.e5_tokenizer import build_tokenizer

HIDDEN, LAYERS, FFN, POSITIONS, ROWS = 32, 1, 64, 16, 12
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "▁好", "好", "吃", "a", "▁a")
#: Full-width A folds as NFKC does; U+200B vanishes, U+2009 becomes a space: as in the real file.
RULES = {"Ａ": "A", "\u200b": "", "\u2009": " "}


def shapes():
    """Give every tensor of the file with its shape; matrices are in 4 bits."""
    found = {"emb.word": (ROWS, HIDDEN), "emb.pos": (POSITIONS, HIDDEN), "emb.type": (1, HIDDEN)}
    found |= {"emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,)}
    inner = {"q": (HIDDEN, HIDDEN), "k": (HIDDEN, HIDDEN), "v": (HIDDEN, HIDDEN), "ao": (HIDDEN, HIDDEN)}
    inner |= {"fi": (FFN, HIDDEN), "fo": (HIDDEN, FFN), "aln": (HIDDEN,), "oln": (HIDDEN,)}
    for name, shape in inner.items():
        found[f"l0.{name}.w"], found[f"l0.{name}.b"] = shape, shape[:1]
    return found


def fold(weights):
    """Write weights as Q4_0: blocks of 32, the low nibbles first; every weight must be a whole number from -8 to 7."""
    blocks = weights.reshape(-1, 32).astype(int) + 8
    rows = blocks[:, :16] | blocks[:, 16:] << 4
    return b"".join(struct.pack("<e", 1.0) + bytes(row.tolist()) for row in rows)


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(0)
    return {
        name: rng.integers(-8, 8, shape).astype(np.float32) if len(shape) == 2 else rng.normal(size=shape)
        for name, shape in shapes().items()
    }


@pytest.fixture(scope="module")
def blob(weights):
    out = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, LAYERS, 4, FFN, ROWS, POSITIONS, 1, 1e-12, 32)
    texts = [piece.encode() for piece in PIECES]
    starts = np.cumsum([0, *map(len, texts)]).astype("<u4")
    out += struct.pack("<i4iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, texts)))
    out += starts.tobytes() + np.linspace(-1, -2, len(PIECES)).astype("<f4").tobytes() + b"".join(texts)
    rules = b"".join(
        struct.pack(f"<IB{len(text)}I", ord(point), len(text), *map(ord, text)) for point, text in RULES.items()
    )
    out += struct.pack("<iI", len(RULES), len(rules)) + rules
    packed = {
        name: (1, fold(value)) if value.ndim == 2 else (0, value.astype("<f4").tobytes())
        for name, value in weights.items()
    }
    at = len(out) + 4 + sum(2 + len(name) + 1 + 4 + 8 + 8 for name in packed)
    out += struct.pack("<i", len(packed))
    for name, (kind, raw) in packed.items():
        out += struct.pack("<H", len(name)) + name.encode()
        out += struct.pack("<BIQQ", kind, weights[name].size, at, len(raw))
        at += len(raw)
    return out + b"".join(raw for _, raw in packed.values())


@pytest.fixture(scope="module")
def path(blob, tmp_path_factory):
    place = tmp_path_factory.mktemp("e5") / "tiny.bin"
    place.write_bytes(blob)
    return place


def test_every_number_comes_back(path, weights):
    file = read_e5(path)
    assert file.specials == {"bos": 0, "eos": 2, "pad": 1, "unk": 3}
    assert [piece for piece, _ in file.pieces] == list(PIECES)
    assert dict(file.normalisation) == RULES
    assert set(file.tensors) == set(weights)
    for name, value in weights.items():
        assert np.array_equal(file.tensors[name], value.astype(np.float32).reshape(-1)), name


def test_the_weights_stand_where_they_belong(path, weights):
    encoder = build_bert(read_e5(path))
    state = {name: value.numpy() for name, value in encoder.state_dict().items()}
    assert np.array_equal(state["embeddings.word_embeddings.weight"], weights["emb.word"][: len(PIECES)])
    assert np.array_equal(state["encoder.layer.0.attention.self.value.weight"], weights["l0.v.w"])
    assert np.array_equal(state["encoder.layer.0.output.dense.weight"], weights["l0.fo.w"])
    assert np.allclose(state["encoder.layer.0.attention.output.LayerNorm.bias"], weights["l0.aln.b"])
    assert encoder.config.pad_token_id == 1


def test_the_tokenizer_folds_and_splits_as_the_file_says(path):
    tokenizer = build_tokenizer(read_e5(path))
    assert tokenizer.encode("好吃").tokens == ["<s>", "▁好", "吃", "</s>"]
    assert tokenizer.encode("好\u200b吃").tokens == ["<s>", "▁好", "吃", "</s>"]
    assert tokenizer.encode("a\u2009a").tokens == ["<s>", "▁a", "▁a", "</s>"]
    assert tokenizer.encode("").ids == [0, 2]


@pytest.mark.parametrize("raw", [b"", b"E5S", b"GGUF" + bytes(100), b"\x80\x04pickle"])
def test_another_file_is_no_e5_file(raw, tmp_path):
    (tmp_path / "x.bin").write_bytes(raw)
    with pytest.raises(ModelError) as caught:
        read_e5(tmp_path / "x.bin")
    assert "x.bin" in caught.value.what


def read_and_build(raw, folder):
    place = folder / "damaged.bin"
    place.write_bytes(raw)
    file = read_e5(place)
    build_bert(file)
    build_tokenizer(file)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("damaged")


@given(share=st.floats(0, 0.999))
def test_a_file_cut_short_is_refused(blob, folder, share):
    with pytest.raises(ModelError):
        read_and_build(blob[: int(share * len(blob))], folder)


@given(place=st.integers(4, 700), value=st.integers(0, 255))
def test_a_changed_byte_makes_a_sentence_at_most(blob, folder, place, value):
    """Weights may be any numbers; whatever says how to read them must not lead astray."""
    try:
        read_and_build(blob[:place] + bytes([value]) + blob[place + 1 :], folder)
    except ModelError as refused:
        assert refused.what
