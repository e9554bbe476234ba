"""Cleaners of text, by name: off unless asked for, the same when rows are read and when a bundle answers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from luodi.data.escapes import decode_escapes
from luodi.data.markup import strip_html
from luodi.data.pair import each_half
from luodi.data.personal import mask_personal
from luodi.errors import RecipeError
from luodi.language import t
from luodi.registry import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from luodi.data.dataset import Dataset


def normalise_unicode(text: str) -> str:
    r"""Write signs in their usual form (NFKC: full width, ligatures, circled ...), without those that nobody sees.

    Gone are control signs other than tab and line end, signs of no width, joiners, and those that turn the direction.

    >>> normalise_unicode("Ｈｅｌｌｏ\u200b　①㎏\x07")
    'Hello 1kg'

    Source: Unicode Standard Annex 15.
    """
    if text.isascii():
        return _UNSEEN.sub("", text)
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", text))


def collapse_space(text: str) -> str:
    r"""Make one space of white space of any kind and length, none at either end.

    >>> collapse_space(" a\n\n\u3000b ")
    'a b'
    """
    return " ".join(text.split())


_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)

#: Every cleaner by its name; each gives the same when it is applied twice.
CLEANERS: Mapping[str, Callable[[str], str]] = {
    "normalise_unicode": normalise_unicode,
    "strip_html": strip_html,
    "decode_escapes": decode_escapes,
    "collapse_space": collapse_space,
    "mask_personal": mask_personal,
}

#: A chain is through after two or three passes; a text that is not was made up, and loses what it was made up of.
_MOST_PASSES = 8
_OUT_OF_MARKUP = dict.fromkeys(map(ord, "&<＆＜﹠﹤\\%=_＼％＝＿﹨﹪﹦"), " ")


def clean(text: str, names: Sequence[str]) -> str:
    """Clean a text with some cleaners, in the order of their names, until they change nothing any more.

    So it may be cleaned again without harm, whoever cleaned it before by the same names. Of a pair each text is cleaned
    on its own.

    >>> clean("<td>１３８００１３８０００</td>", ["normalise_unicode", "strip_html", "mask_personal"])
    '[PHONE]'

    Raises:
        RecipeError: no cleaner has one of the names.
    """
    chain = [CLEANERS[name] for name in known_cleaners(names)]
    return each_half(partial(_through, chain), text)


def _through(chain: Sequence[Callable[[str], str]], text: str) -> str:
    for n_passes in range(2 * _MOST_PASSES):
        before = text
        for one in chain:
            text = one(text)
        if text == before or len(chain) == 1:
            break
        if n_passes == _MOST_PASSES:
            text = text.translate(_OUT_OF_MARKUP)
    return text


def known_cleaners(names: str | Sequence[str]) -> tuple[str, ...]:
    """Give the names of cleaners as they were listed, one alone or several.

    Raises:
        RecipeError: no cleaner has one of them.
    """
    listed = (names,) if isinstance(names, str) else tuple(names)
    for name in listed:
        if name not in CLEANERS:
            raise RecipeError(
                t("clean: no cleaner is named {name!r}", name=name) + did_you_mean(name, tuple(CLEANERS)),
                fix=t("take some of {names}", names=", ".join(CLEANERS)),
            )
    return listed


def cleaned(data: Dataset, names: str | Sequence[str]) -> Dataset:
    """Give the same rows with cleaned texts; they remember by what.

    Raises:
        RecipeError: no cleaner has one of the names, or the rows were cleaned by others before.
    """
    names = known_cleaners(names)
    if not names or data.cleaned == names:
        return data
    if data.cleaned:
        raise RecipeError(
            t("clean: the rows were cleaned by {before} already, and are to be cleaned by {names}",
              before=", ".join(data.cleaned), names=", ".join(names)),
            fix=t("name the same cleaners, or read the rows without"),
        )  # fmt: skip
    return replace(data, texts=tuple(clean(text, names) for text in data.texts), cleaned=names)
