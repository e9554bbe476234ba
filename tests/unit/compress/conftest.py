"""Tiny encoders of every kind of vocabulary, each in a folder in the hub's layout."""

import pytest

from luodi.data import Dataset
from luodi.models import load
from luodi.tasks import read_task

_CHINESE = [
    f"{subject}{verdict}，{more}。"
    for subject in ("物流", "味道", "服务", "包装", "价格")
    for verdict in ("很快", "很差", "太慢了", "周到", "便宜")
    for more in ("非常满意", "下次再来", "失望透顶")
]
_ENGLISH = [
    f"the {subject} was {verdict} and {more}"
    for subject in ("driver", "soup", "room", "service", "delivery")
    for verdict in ("great", "cold", "lovely", "awful")
    for more in ("polite", "cheap", "late")
]
_OTHERS = [
    "ねこが好きです",
    "とても美味しい",
    "очень вкусно",
    "доставка быстрая",
    "맛있어요 감사합니다",
    "배달이 빨라요",
] * 5
CORPUS = (*_CHINESE, *_ENGLISH, *_OTHERS)


@pytest.fixture(scope="session")
def corpus():
    return CORPUS


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """Folders by kind: WordPiece under BERT, Unigram under BERT, byte-level BPE under RoBERTa."""
    place = tmp_path_factory.mktemp("shelf")
    makers = {"wordpiece": _wordpiece, "unigram": _unigram, "bpe": _bpe}
    for kind, make in makers.items():
        tokenizer = make()
        (place / kind).mkdir()
        tokenizer.save(str(place / kind / "tokenizer.json"))
        _encoder(kind, tokenizer).save_pretrained(place / kind)
    return {kind: place / kind for kind in makers}


@pytest.fixture
def chinese():
    """Rows in Chinese and a little English, nothing else."""
    texts = [*_CHINESE[::2], *_ENGLISH[::4]]
    return Dataset.of(texts, {"y": ["ab"[row % 2] for row in range(len(texts))]})


@pytest.fixture(params=["wordpiece", "unigram", "bpe"])
def model(request, shelf, chinese):
    return load(str(shelf[request.param]), task=read_task(chinese), max_tokens=64)


def _encoder(kind, tokenizer):
    import torch
    from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel

    shape = {
        "vocab_size": tokenizer.get_vocab_size(), "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 64, "max_position_embeddings": 130,
    }  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        if kind == "bpe":
            return RobertaModel(RobertaConfig(**shape, pad_token_id=1), add_pooling_layer=False)
        return BertModel(BertConfig(**shape, pad_token_id=0), add_pooling_layer=False)


def _wordpiece():
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(
        CORPUS, trainers.WordPieceTrainer(vocab_size=500, special_tokens=specials, show_progress=False)
    )
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def _unigram():
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    specials = ["<pad>", "<s>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.UnigramTrainer(vocab_size=260, special_tokens=specials, unk_token="<unk>", show_progress=False),
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    return tokenizer


def _bpe():
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=600, special_tokens=specials, show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        ),
    )  # fmt: skip
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer
