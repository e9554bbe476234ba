"""The small thing that kills are tried on: labelled sentences, and an encoder that learns them in seconds."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SUBJECTS = ("物流", "包装", "味道", "服务", "价格", "分量", "the driver", "the room", "the soup", "the price")
_VERDICTS = {
    "good": ("很快", "很好", "满意", "was great"),
    "bad": ("太慢", "很差", "失望", "was awful"),
    "so so": ("一般", "还行", "was fine"),
}


def make_data(n: int) -> Any:
    """Make labelled sentences, some of them noise, the same ones every time."""
    from luodi.data import Dataset

    rng = random.Random(7)
    texts, labels = [], []
    for row in range(n):
        label = rng.choice(list(_VERDICTS))
        said = rng.choice(_VERDICTS[label if rng.random() < 0.9 else rng.choice(list(_VERDICTS))])
        texts.append(
            " ".join(
                [rng.choice(_SUBJECTS) + said, *(rng.choice(_SUBJECTS) for _ in range(rng.randrange(12))), str(row)]
            )
        )
        labels.append(label)
    return Dataset.of(texts, {"label": labels})


def make_encoder(folder: Path, texts: Sequence[str]) -> None:
    """Write a BERT of two layers, hidden 64, in the hub's layout; its pieces are those of some texts."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertModel, set_seed

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=800, special_tokens=specials, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    set_seed(0)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=64, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=128, max_position_embeddings=128,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
