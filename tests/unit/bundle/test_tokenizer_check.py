"""Tokenizers of known parts pass, those that pad, cut, blow up, draw lots or panic are refused."""

import base64
import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.bundle.tokenizer_check import check_tokenizer, load_tokenizer
from luodi.bundle.tokenizer_parts import is_pattern
from luodi.errors import BundleError


@pytest.fixture(scope="module")
def tree(tiny_model):
    return json.loads(tiny_model.tokenizer.to_str())


def changed(tree, *path, value):
    """A copy with one field set."""
    tree = copy.deepcopy(tree)
    at = tree
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return json.dumps(tree).encode()


def charsmap(texts):
    return base64.b64encode((8).to_bytes(4, "little") + bytes(8) + texts).decode()


def test_a_sound_tokenizer_passes_and_loads(tree):
    raw = json.dumps(tree).encode()
    check_tokenizer(raw, place="b")
    assert load_tokenizer(raw, place="b").encode("the soup").ids[0] == 2


REFUSED = {
    "pads to 50 million": (
        ("padding",),
        {
            "strategy": {"Fixed": 50_000_000}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0,
            "pad_type_id": 0, "pad_token": "[PAD]",
        },
    ),
    "cuts": (("truncation",), {"direction": "Right", "max_length": 1, "strategy": "LongestFirst", "stride": 0}),
    "foreign field": (("surprise",), 1),
    "foreign part": (("normalizer",), {"type": "Custom"}),
    "foreign field of a part": (("normalizer", "surprise"), True),
    "wrong kind": (("normalizer", "lowercase"), "yes"),
    "quadratic regex": (
        ("pre_tokenizer",),
        {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False},
    ),
    "growing replacement": (("normalizer",), {"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}),
    "unfolding": (("normalizer",), {"type": "Sequence", "normalizers": [{"type": "NFKD"}] * 8}),
    "many parts": (("normalizer",), {"type": "Sequence", "normalizers": [{"type": "NFC"}] * 1000}),
    "deep sequence": (
        ("normalizer",),
        {"type": "Sequence", "normalizers": [{"type": "Sequence", "normalizers": [{"type": "Sequence",
         "normalizers": [{"type": "Sequence", "normalizers": [{"type": "Sequence", "normalizers": []}]}]}]}]},
    ),
    "long expansion": (("normalizer",), {"type": "Precompiled", "precompiled_charsmap": charsmap(b"a" * 1000 + b"\0")}),
    "broken table": (("normalizer",), {"type": "Precompiled", "precompiled_charsmap": "AAAA"}),
    "text twice": (
        ("post_processor", "single"),
        [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    ),
    "template without end": (("post_processor", "single"), [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}] * 100),
    "special of many ids": (
        ("post_processor", "special_tokens"), {"[CLS]": {"id": "[CLS]", "ids": [2] * 1000, "tokens": ["[CLS]"] * 1000}},
    ),
    "huge id": (("model", "vocab", "the"), 1 << 40),
    "negative id": (("model", "vocab", "the"), -1),
    "id twice": (("model", "vocab", "the-other"), 3),
    "no vocabulary": (("model", "vocab"), {}),
    "unknown piece missing": (("model", "unk_token"), "nowhere"),
    "endless word": (("model", "max_input_chars_per_word"), 1 << 40),
    "other model": (("model", "type"), "WordLevel"),
    "model of no type": (("model", "type"), ["BPE"]),
    "draws lots": (("model",), {"type": "BPE", "dropout": 0.5, "vocab": {"a": 0}, "merges": []}),
    "empty added piece": (
        ("added_tokens",),
        [{"id": 0, "content": "", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
          "special": True}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_harmful_tokenizer_is_refused(tree, name):
    path, value = REFUSED[name]
    with pytest.raises(BundleError, match="may be loaded"):
        check_tokenizer(changed(tree, *path, value=value), place="b")


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"null", b"[" * 200_000, b"{}", b'{"model": NaN}', b"\xff", b'{"model": 1}']
)
def test_what_is_no_tokenizer_is_refused(raw):
    with pytest.raises(BundleError):
        check_tokenizer(raw, place="b")


def test_a_panic_of_the_loader_is_refused_too(tree):
    """Merges of pieces that are nowhere pass the shape check; the loader then errs or panics."""
    model = {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}
    raw = changed(tree, "model", value=model)
    check_tokenizer(raw, place="b")
    with pytest.raises(BundleError):
        load_tokenizer(raw, place="b")


def test_a_panic_is_told_from_an_interrupt(tree):
    from luodi.bundle.tokenizer_check import guarded

    class PanicException(BaseException):
        pass

    with pytest.raises(BundleError), guarded("b"):
        raise PanicException
    with pytest.raises(KeyboardInterrupt), guarded("b"):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    "pattern", [" {2,}", r"[\x{200b}\x{ad}-\x{af}]", r"\s+", r"[^a-z]", "▁", r"\p{L}", "[a-z]{1,3}"]
)
def test_one_atom_is_a_safe_pattern(tree, pattern):
    """It gets past, and the engine knows it: what it takes out is gone."""
    raw = changed(tree, "normalizer", value={"type": "Replace", "pattern": {"Regex": pattern}, "content": ""})
    check_tokenizer(raw, place="b")
    text = "the  soup\u200b\xad▁好"
    assert len(load_tokenizer(raw, place="b").normalizer.normalize_str(text)) < len(text)


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "a*a*b", "(?=a)", "a|b", "[a-z&&[b]]", ".*", "a{1000000}", r"\1", "a+b+", ""]
)
def test_other_patterns_are_not(pattern):
    with pytest.raises(ValueError, match=r"regular|text"):
        is_pattern({"Regex": pattern})


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_change_of_one_field_gets_past_with_a_crash(tree, data):
    """Whatever stands in a field, the answer is a tokenizer that works, or BundleError."""
    junk = st.recursive(
        st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8) | st.floats(allow_nan=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=4,
    )
    path, at = [], tree
    while isinstance(at, dict | list) and at:
        path.append(data.draw(st.sampled_from(sorted(at)) if isinstance(at, dict) else st.integers(0, len(at) - 1)))
        at = at[path[-1]]
        if data.draw(st.booleans()):
            break
    raw = changed(tree, *path, value=data.draw(junk))
    try:
        check_tokenizer(raw, place="b")
        tokenizer = load_tokenizer(raw, place="b")
        assert len(tokenizer.encode("the soup was lovely 物流").ids) < 100
    except BundleError:
        pass


@pytest.mark.zoo
@pytest.mark.parametrize("name", ["minilm-en", "e5-multilingual"])
def test_tokenizers_of_the_zoo_pass(name, toy_data):
    from luodi.models import load
    from luodi.tasks import read_task

    raw = load(name, task=read_task(toy_data)).tokenizer.to_str().encode()
    check_tokenizer(raw, place=name)
    load_tokenizer(raw, place=name)
