"""The parts that a tokenizer.json may be made of, each with its fields and what may stand in them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    #: Raises ValueError, with what is wrong, for a value that may not stand there.
    Check = Callable[[Any], None]

#: Patterns of well-known tokenizers, safe on any text by long use: GPT-2, CLIP, GPT-4 and Llama 3, Qwen 2, GPT-4o.
KNOWN_PATTERNS = frozenset(
    {
        r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    }
)
#: One character or one class of characters, repeated or not: no such pattern can look at a character twice.
_ONE_ATOM = re.compile(
    r"""(?: \[\^? (?: \\x\{[0-9A-Fa-f]{1,6}\} | \\p\{\w{1,20}\} | \\[sdwnrt.\-\]\[\\] | [^\[\]\\&^] )+ \]
          | \\[sdwnrt] | \\p\{\w{1,20}\} | [^\\\[\](){}.*+?|^$] )
        (?: \+ | \{[1-9]\d?(?:,\d{0,2})?\} )?""",
    re.VERBOSE | re.DOTALL,
)
_PATTERN_CHARACTERS = 1 << 16
#: The longest run of bytes that one character may be turned into by a table of SentencePiece.
_CHARSMAP_RUN = 128


def is_flag(value: Any) -> None:
    """Take true and false."""
    if type(value) is not bool:
        raise ValueError("neither true nor false")


def is_number(low: int, high: int) -> Check:
    """Take whole numbers of a range."""

    def check(value: Any) -> None:
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"no whole number from {low} to {high}")

    return check


def is_text(most: int, least: int = 0) -> Check:
    """Take texts of a length, in characters."""

    def check(value: Any) -> None:
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise ValueError(f"no text of {least} to {most} characters")

    return check


def one_of(*words: str) -> Check:
    """Take some words and nothing else."""

    def check(value: Any) -> None:
        if value not in words:
            raise ValueError(f"none of {', '.join(words)}")

    return check


def maybe(inner: Check) -> Check:
    """Take null and what another check takes."""

    def check(value: Any) -> None:
        if value is not None:
            inner(value)

    return check


def list_of(inner: Check, *, most: int) -> Check:
    """Take lists of no more than some members."""

    def check(value: Any) -> None:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(f"no list of up to {most}")
        for one in value:
            inner(one)

    return check


def is_pattern(value: Any) -> None:
    """Take ``{"String": text}`` and ``{"Regex": one that is known to be quick}``."""
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("no pattern")
    (kind, text), *_ = value.items()
    is_text(_PATTERN_CHARACTERS, 1)(text)
    if kind not in ("String", "Regex"):
        raise ValueError("no pattern")
    if kind == "Regex" and text not in KNOWN_PATTERNS and not _ONE_ATOM.fullmatch(text):
        raise ValueError(t("a regular expression that is not known to be quick on every text"))


def is_charsmap(value: Any) -> None:
    """Take a character table of SentencePiece: base64 of a trie and of texts that end in a zero byte."""
    is_text(8 << 20)(value)
    try:
        raw = base64.b64decode(value, validate=True)
    except binascii.Error as failed:
        raise ValueError("no base64") from failed
    trie_bytes = int.from_bytes(raw[:4], "little")
    if len(raw) < 4 or trie_bytes % 4 or 4 + trie_bytes > len(raw):
        raise ValueError("a table that is cut short")
    if max(map(len, raw[4 + trie_bytes :].split(b"\0"))) > _CHARSMAP_RUN:
        raise ValueError(t("a character that becomes a long text"))


def is_pair(value: Any) -> None:
    """Take ``[text, id]``."""
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("no pair of a piece and its id")
    is_text(256, 1)(value[0])
    is_number(0, 1 << 24)(value[1])


def is_template(value: Any) -> None:
    """Take a template of special pieces around no more than one text of each side."""
    if not isinstance(value, list) or len(value) > 16:
        raise ValueError("no template of up to 16 pieces")
    texts = []
    for step in value:
        (kind, body), *_ = step.items() if isinstance(step, dict) and len(step) == 1 else [("", None)]
        if kind not in ("SpecialToken", "Sequence") or not isinstance(body, dict) or set(body) - {"id", "type_id"}:
            raise ValueError("no template")
        is_text(256, 1)(body.get("id"))
        is_number(0, 16)(body.get("type_id", 0))
        texts += [body["id"]] if kind == "Sequence" else []
    if len(texts) != len(set(texts)):
        raise ValueError(t("a template that repeats the text"))


def are_specials(value: Any) -> None:
    """Take the special pieces of a template: for each a few ids and their texts."""
    if not isinstance(value, dict) or len(value) > 64:
        raise ValueError("no special pieces")
    for row in value.values():
        if not isinstance(row, dict) or set(row) != {"id", "ids", "tokens"}:
            raise ValueError("no special piece")
        is_text(256, 1)(row["id"])
        list_of(is_number(0, 1 << 24), most=8)(row["ids"])
        list_of(is_text(256, 1), most=8)(row["tokens"])


_SPACING = {"add_prefix_space": is_flag, "trim_offsets": is_flag, "use_regex": is_flag}
_METASPACE = {
    "replacement": is_text(1, 1), "prepend_scheme": one_of("always", "never", "first"), "split": is_flag,
    "add_prefix_space": is_flag, "str_rep": is_text(1, 1),
}  # fmt: skip
_BEHAVIOR = one_of("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")
_ENDS = {"sep": is_pair, "cls": is_pair}
_REPLACE: Mapping[str, Check] = {"pattern": is_pattern, "content": is_text(64)}

#: For each section: part -> field -> what may stand there. A part named ``Sequence`` holds a list of others.
PARTS: Mapping[str, Mapping[str, Mapping[str, Check]]] = {
    "normalizer": {
        "BertNormalizer": {
            "clean_text": is_flag, "handle_chinese_chars": is_flag, "strip_accents": maybe(is_flag),
            "lowercase": is_flag,
        },
        "NFC": {}, "NFD": {}, "NFKC": {}, "NFKD": {}, "Lowercase": {}, "StripAccents": {}, "Nmt": {}, "ByteLevel": {},
        "Strip": {"strip_left": is_flag, "strip_right": is_flag},
        "Replace": _REPLACE,
        "Prepend": {"prepend": is_text(8)},
        "Precompiled": {"precompiled_charsmap": is_charsmap},
    },
    "pre_tokenizer": {
        "BertPreTokenizer": {}, "Whitespace": {}, "WhitespaceSplit": {}, "UnicodeScripts": {},
        "ByteLevel": _SPACING,
        "Metaspace": _METASPACE,
        "Punctuation": {"behavior": _BEHAVIOR},
        "Digits": {"individual_digits": is_flag},
        "CharDelimiterSplit": {"delimiter": is_text(1, 1)},
        "Split": {"pattern": is_pattern, "behavior": _BEHAVIOR, "invert": is_flag},
    },
    "post_processor": {
        "BertProcessing": _ENDS,
        "RobertaProcessing": {**_ENDS, "trim_offsets": is_flag, "add_prefix_space": is_flag},
        "ByteLevel": _SPACING,
        "TemplateProcessing": {"single": is_template, "pair": is_template, "special_tokens": are_specials},
    },
    "decoder": {
        "WordPiece": {"prefix": is_text(8), "cleanup": is_flag},
        "ByteLevel": _SPACING, "Metaspace": _METASPACE, "ByteFallback": {}, "Fuse": {},
        "BPEDecoder": {"suffix": is_text(16)},
        "Strip": {"content": is_text(1, 1), "start": is_number(0, 8), "stop": is_number(0, 8)},
        "Replace": _REPLACE,
    },
}  # fmt: skip
#: What a Sequence calls its list.
MEMBERS = {
    "normalizer": "normalizers", "pre_tokenizer": "pretokenizers", "post_processor": "processors",
    "decoder": "decoders",
}  # fmt: skip
#: By how many characters one may come out of a part at most; parts that are not here give one for one or fewer.
GROWTH = {
    "BertNormalizer": 4, "NFC": 3, "NFD": 4, "NFKC": 18, "NFKD": 18, "Lowercase": 3, "ByteLevel": 4,
    "Precompiled": _CHARSMAP_RUN,
}  # fmt: skip
