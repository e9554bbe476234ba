"""The stage trim_vocab: the data keep their pieces, everything else can still be written, the weights really go."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.compress import TrimVocab
from luodi.data import Dataset
from luodi.data.text import encodable
from luodi.models import keep, load, read_kept
from luodi.tasks import read_task

#: Dropping rows changes no arithmetic, only where rows lie.
TOLERANCE = 1e-6


def pieces(model, text):
    return [model.tokenizer.id_to_token(place) for place in model.tokenizer.encode(encodable(text)).ids]


def logits(model, texts):
    rows = []
    for text in texts:
        ids = model.tokenizer.encode(encodable(text)).ids[: model.max_tokens]
        with torch.no_grad():
            rows.append(model.network(torch.tensor([ids]), torch.ones(1, len(ids), dtype=torch.long))["0"][0].numpy())
    return np.stack(rows)


def test_the_data_are_split_and_answered_as_before(model, chinese):
    made = TrimVocab(at_least=0)(model, chinese)
    assert made.n_pieces < 0.9 * model.n_pieces
    assert all(pieces(made, text) == pieces(model, text) for text in chinese.texts)
    some = chinese.texts[::6]
    assert np.abs(logits(made, some) - logits(model, some)).max() < TOLERANCE


def test_validation_counts_as_data(model, chinese):
    made = TrimVocab(at_least=0)(model, chinese.take([0, 1]), validation=chinese.take(range(2, len(chinese))))
    assert all(pieces(made, text) == pieces(model, text) for text in chinese.texts)


def test_the_weights_really_go(model, chinese):
    made = TrimVocab(at_least=0)(model, chinese)
    table = made.network.encoder.get_input_embeddings()
    assert table.weight.shape == (made.n_pieces, 32)
    assert table.weight.requires_grad
    assert made.n_parameters == model.n_parameters - 32 * (model.n_pieces - made.n_pieces)
    assert made.network.encoder.config.vocab_size == made.n_pieces


def test_every_piece_takes_its_own_row_along(model, chinese):
    made = TrimVocab(at_least=0)(model, chinese)
    old, new = (m.network.encoder.get_input_embeddings().weight.detach() for m in (model, made))
    for piece, place in made.tokenizer.get_vocab().items():
        assert torch.equal(new[place], old[model.tokenizer.token_to_id(piece)]), piece


def test_padding_is_still_padding(model, chinese):
    made = TrimVocab(at_least=0)(model, chinese)
    assert made.tokenizer.id_to_token(made.pad_id) == model.tokenizer.id_to_token(model.pad_id)
    assert made.network.encoder.config.pad_token_id == made.pad_id
    ids = made.tokenizer.encode(chinese.texts[0]).ids
    mask = [1] * len(ids)
    with torch.no_grad():
        alone = made.network(torch.tensor([ids]), torch.tensor([mask]))["0"]
        padded = made.network(torch.tensor([ids + [made.pad_id] * 9]), torch.tensor([mask + [0] * 9]))["0"]
    assert torch.allclose(alone, padded, atol=1e-6)  # only the order of summing may differ


def test_specials_stand_around_a_text_as_before(model, chinese):
    made = TrimVocab(at_least=0)(model, chinese)
    assert pieces(made, "") == pieces(model, "")
    assert made.tokenizer.encode("快").special_tokens_mask == model.tokenizer.encode("快").special_tokens_mask


@pytest.mark.parametrize("model", ["bpe"], indirect=True)
def test_bytes_write_every_text(model, chinese):
    made = TrimVocab(at_least=0)(model, chinese)
    text = "ქართული ñ 🙂 \x00 한국 ǅ"
    assert made.tokenizer.decode(made.tokenizer.encode(text).ids, skip_special_tokens=False) == f"<s>{text}</s>"


@pytest.mark.parametrize("model", ["wordpiece", "unigram"], indirect=True)
def test_single_characters_of_scripts_seen_stay_and_others_go(model, chinese):
    made = TrimVocab(at_least=0)(model, chinese.take([0]))
    unknown = {"[UNK]", "<unk>"}
    assert not unknown & set(pieces(made, "差慢周到便宜透失望再 lovely late"))
    assert unknown & set(pieces(made, "очень"))
    assert made.tokenizer.token_to_id("о") is None


def test_filling_up_keeps_the_number_asked_for(model, chinese):
    floor = TrimVocab(at_least=0)(model, chinese.take([0])).n_pieces
    made = TrimVocab(at_least=floor + 20)(model, chinese.take([0]))
    assert floor + 20 <= made.n_pieces <= floor + 40  # BPE also needs the parts of what it keeps
    assert TrimVocab()(model, chinese).n_pieces <= model.n_pieces


@pytest.mark.parametrize("model", ["wordpiece", "unigram"], indirect=True)
def test_rare_pieces_go_when_told(model, chinese):
    often = Dataset.of(["味道很差"] * 9 + ["the soup was lovely and cheap"], {"y": list("ab" * 5)})
    one, two = (TrimVocab(min_count=n, at_least=0)(model, often) for n in (1, 2))
    assert two.n_pieces < one.n_pieces
    assert pieces(two, "味道很差") == pieces(model, "味道很差")


def test_trimming_again_changes_nothing(model, chinese):
    once = TrimVocab(at_least=0)(model, chinese)
    twice = TrimVocab(at_least=0)(once, chinese)
    assert twice.tokenizer.get_vocab() == once.tokenizer.get_vocab()


def test_no_rows_and_odd_rows_do_no_harm(model):
    for texts in ([], ["", " \n", "🙂", "a\ud800b", "很" * 50_000]):
        data = Dataset.of(texts, {"y": ["a"] * len(texts)})
        made = TrimVocab(at_least=0)(model, data)
        assert np.isfinite(logits(made, ["", "快", "\ud800"])).all()
        assert all(pieces(made, text)[:64] == pieces(model, text)[:64] for text in texts)


def test_it_tells_what_it_did(model, chinese):
    made = TrimVocab(at_least=0)(model, chinese)
    assert made.findings == {"pieces": made.n_pieces, "pieces_before": model.n_pieces}


def test_a_trimmed_model_survives_being_kept(model, chinese, tmp_path):
    made = TrimVocab(at_least=0)(model, chinese)
    keep(made, tmp_path / "kept")
    some = chinese.texts[::6]
    assert np.array_equal(logits(read_kept(tmp_path / "kept"), some), logits(made, some))


_WORDS = (
    "物流", "味道", "差", "the", "driver", "was", "great", "soup", "ねこ", "очень", "맛있", "🙂", "é", "½", "ﬁ", "12",
    "thé", "wasgr", "快x快", " ", "，",
)  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(data=st.data())
@pytest.mark.parametrize("kind", ["wordpiece", "unigram", "bpe"])
def test_any_data_are_split_as_before(shelf, kind, data):
    words = st.sampled_from(_WORDS)
    texts = data.draw(st.lists(st.lists(words | st.text(max_size=6), max_size=6).map("".join), min_size=1, max_size=5))
    model = load_once(shelf[kind])
    made = TrimVocab(at_least=0)(model, Dataset.of(texts, {"y": ["a"] * len(texts)}))
    assert [pieces(made, text) for text in texts] == [pieces(model, text) for text in texts]


_LOADED = {}


def load_once(folder):
    if folder not in _LOADED:
        _LOADED[folder] = load(str(folder), task=read_task(Dataset.of(["a", "b"], {"y": ["a", "b"]})))
    return _LOADED[folder]


@pytest.mark.zoo
@pytest.mark.shared
@pytest.mark.slow
def test_the_multilingual_vocabulary_does_not_reach_a_chinese_bundle(shared_data):
    from luodi.data import read

    data = read(shared_data / "waimai_10k.csv")
    model = load("e5-multilingual", task=read_task(data))
    made = TrimVocab()(model, data)
    assert model.n_pieces > 250_000
    assert made.n_pieces <= 20_000
    before, after = (m.tokenizer.encode_batch(list(data.texts)) for m in (model, made))
    assert [row.tokens[:128] for row in after] == [row.tokens[:128] for row in before]  # what the model reads
    assert np.abs(logits(made, data.texts[:40]) - logits(model, data.texts[:40])).max() < 1e-5
    common = [chr(point) for point in range(0x4E00, 0x9FA6) if model.tokenizer.token_to_id(chr(point))]
    assert len(common) > 7000
    assert all(made.tokenizer.token_to_id(sign) is not None for sign in common)
