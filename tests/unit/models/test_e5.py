"""The reader of the E5 file, on a tiny file written here by the layout in the design."""

import struct

import numpy as np
import pytest

from luodi.errors import ModelError
from luodi.models.e5 import build_bert, read_e5
from luodi.models.e5_tokenizer import build_tokenizer

HIDDEN, LAYERS, HEADS, FFN, POSITIONS = 32, 2, 2, 64, 16
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "好", "▁好", "a", "～", "1")
NORMALISATION = {"\x01": "", "\u3000": " ", "１": "1", "\t": " "}


def unfolded(raw):
    """Unfold Q4_0 by the book, one weight at a time."""
    values = []
    for start in range(0, len(raw), 18):
        scale = float(np.frombuffer(raw, "<f2", 1, start)[0])
        nibbles = raw[start + 2 : start + 18]
        values += [((byte & 15) - 8) * scale for byte in nibbles] + [((byte >> 4) - 8) * scale for byte in nibbles]
    return np.array(values, np.float32)


def names():
    single = [("emb.word", len(PIECES) * HIDDEN), ("emb.pos", POSITIONS * HIDDEN), ("emb.type", 2 * HIDDEN)]
    yield from single
    yield from (("emb.ln.w", HIDDEN), ("emb.ln.b", HIDDEN))
    for layer in range(LAYERS):
        for part, n_out, n_in in (
            ("q", HIDDEN, HIDDEN), ("k", HIDDEN, HIDDEN), ("v", HIDDEN, HIDDEN), ("ao", HIDDEN, HIDDEN),
            ("fi", FFN, HIDDEN), ("fo", HIDDEN, FFN),
        ):  # fmt: skip
            yield from ((f"l{layer}.{part}.w", n_out * n_in), (f"l{layer}.{part}.b", n_out))
        for part in ("aln", "oln"):
            yield from ((f"l{layer}.{part}.w", HIDDEN), (f"l{layer}.{part}.b", HIDDEN))


@pytest.fixture(scope="module")
def written():
    """The bytes of a file, and its tensors."""
    rng = np.random.default_rng(0)
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, LAYERS, HEADS, FFN, len(PIECES), POSITIONS, 2, 1e-12, 32)
    raw = [piece.encode() for piece in PIECES]
    starts = np.cumsum([0, *map(len, raw)]).astype("<u4")
    scores = np.array([0, 0, 0, 0, *(-2.0 - i for i in range(len(PIECES) - 4))], "<f4")
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(starts[-1]))
    head += starts.tobytes() + scores.tobytes() + b"".join(raw)
    rules = b"".join(
        struct.pack(f"<IB{len(text)}I", ord(sign), len(text), *map(ord, text)) for sign, text in NORMALISATION.items()
    )
    head += struct.pack("<iI", len(NORMALISATION), len(rules)) + rules
    blobs, tensors, quantised = [], {}, []
    for name, n in names():
        folded = (name.endswith(".w") and "ln" not in name) or name == "emb.word"
        if folded:
            blocks = n // 32
            scale = rng.uniform(0.01, 0.1, blocks).astype("<f2")
            nibbles = rng.integers(0, 256, (blocks, 16), np.uint8)
            blob = b"".join(s.tobytes() + row.tobytes() for s, row in zip(scale, nibbles, strict=True))
            tensors[name] = unfolded(blob)
        else:
            tensors[name] = rng.normal(size=n).astype("<f4")
            blob = tensors[name].tobytes()
        blobs.append(blob)
        quantised.append(folded)
    n_directory = 4 + sum(2 + len(name) + 1 + 4 + 8 + 8 for name, _ in names())
    at, directory = len(head) + n_directory, struct.pack("<i", len(blobs))
    for (name, n), blob, folded in zip(names(), blobs, quantised, strict=True):
        directory += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", folded, n, at, len(blob))
        at += len(blob)
    return head + directory + b"".join(blobs), tensors


@pytest.fixture
def file(written, tmp_path):
    (tmp_path / "tiny.bin").write_bytes(written[0])
    return read_e5(tmp_path / "tiny.bin")


def test_everything_is_read(file, written):
    assert dict(file.shape) == {
        "hidden": HIDDEN, "layers": LAYERS, "heads": HEADS, "ffn": FFN, "vocab": len(PIECES),
        "max_position": POSITIONS, "type_vocab": 2,
    }  # fmt: skip
    assert tuple(piece for piece, _ in file.pieces) == PIECES
    assert dict(file.specials) == {"bos": 0, "eos": 2, "pad": 1, "unk": 3}
    assert dict(file.normalisation) == NORMALISATION
    assert file.tensors.keys() == written[1].keys()
    assert all(np.array_equal(file.tensors[name], wanted) for name, wanted in written[1].items())


def test_weights_find_their_place(file, written):
    state = build_bert(file).state_dict()
    tensors = written[1]
    assert np.array_equal(state["embeddings.word_embeddings.weight"].numpy().reshape(-1), tensors["emb.word"])
    rows = {"encoder.layer.1.intermediate.dense.weight": "l1.fi.w", "encoder.layer.0.attention.self.key.bias": "l0.k.b"}
    for ours, theirs in rows.items():
        assert np.array_equal(state[ours].numpy().reshape(-1), tensors[theirs])
    assert state["encoder.layer.1.output.dense.weight"].shape == (HIDDEN, FFN)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("好", ["▁好"]), ("a\u3000好", ["▁", "a", "▁好"]), ("\x01a", ["▁", "a"]), ("～", ["▁", "～"]),
        ("１", ["▁", "1"]), ("a\t\t 好", ["▁", "a", "▁好"]), ("", []),
    ],
)  # fmt: skip
def test_texts_are_normalised_and_split(file, text, pieces):
    ids = build_tokenizer(file).encode(text).ids
    assert [PIECES[place] for place in ids] == ["<s>", *pieces, "</s>"]


def test_a_foreign_file_is_named(tmp_path):
    (tmp_path / "x.bin").write_bytes(b"GGUF....")
    with pytest.raises(ModelError, match="no E5 file") as caught:
        read_e5(tmp_path / "x.bin")
    assert "GGUF" in caught.value.found


@pytest.mark.parametrize("share", [0.001, 0.01, 0.05, 0.3, 0.6, 0.999])
def test_a_file_cut_short_is_named(written, tmp_path, share):
    (tmp_path / "short.bin").write_bytes(written[0][: int(len(written[0]) * share)])
    with pytest.raises(ModelError):
        build_bert(read_e5(tmp_path / "short.bin"))


def test_a_changed_byte_makes_a_sentence_at_most(written, tmp_path):
    """Weights may be any numbers; whatever says how to read them must not lead astray, nor take all memory."""
    rng, path, refused = np.random.default_rng(0), tmp_path / "changed.bin", 0
    for place in rng.integers(4, 1200, 400):
        raw = bytearray(written[0])
        raw[place] ^= int(rng.integers(1, 256))
        path.write_bytes(raw)
        try:
            file = read_e5(path)
            build_bert(file)
            build_tokenizer(file).encode("a 好")
        except ModelError:
            refused += 1
    assert 200 < refused < 400
