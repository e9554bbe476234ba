"""Taking the HTML out of a text, in time that grows with its length alone, whatever is broken in it."""

from __future__ import annotations

import html
import re


def strip_html(text: str) -> str:
    """Take the HTML out of a text: tags and comments go, entities become their signs, scripts and styles go whole.

    A tag that begins a line in a browser leaves a line end. It is done until no tag is left, so that a page that was
    escaped once too often (``&lt;br&gt;``) comes out clean too. What only looks like a tag (``1 < 2``, ``<a@b.com>``)
    stays (but ``a<b c>d`` holds a tag, as it does for a browser), and a text without any is left as it is.

    >>> strip_html("<p>好<b>吃</b>&nbsp;&amp; 不贵</p><script>if (a < b) {}</script>")
    '好吃 & 不贵'
    """
    for _ in range(_MOST_PASSES):
        bare = _once(text)
        if bare == text:
            return text
        text = bare
    return text.translate({ord("&"): " ", ord("<"): " "})  # made up to go on for ever


#: Text that people escape is bare after three.
_MOST_PASSES = 8

_OPENING = re.compile(
    r"<(?:!--|!\[CDATA\[|[!?][A-Za-z]|/?([A-Za-z][0-9A-Za-z:_-]{0,63})(?=[\s/>]))"  # what a "<" has to be followed by
)
#: The rest of a tag; a ">" within quotes does not end it.
_REST = re.compile(r"""(?:[^<>=]++|=\s*+(?:"[^"]*+"|'[^']*+')|=)*+>""")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][0-9A-Za-z]{1,31});")
#: ``&`` escaped many times over is one step, not many.
_ESCAPED = re.compile(r"&(?:(?:amp|AMP|#0{0,5}38|#[xX]0{0,4}26);)+")
#: Tags that begin a line.
_BLOCK = re.compile(
    "address|article|aside|blockquote|br|center|d[dlt]|div|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|li"
    "|main|nav|ol|option|p|pre|section|table|tbody|t[dhr]|tfoot|thead|title|ul"
)
#: Tags whose content is no text.
_HIDDEN = {name: re.compile(rf"</{name}\s*+>", re.IGNORECASE) for name in ("script", "style", "template", "noscript")}


def _once(text: str) -> str:
    if "<" in text:
        text = _without_tags(text)
    if "&" in text:
        text = _ENTITY.sub(_sign, _ESCAPED.sub("&amp;", text))
    return text


def _sign(entity: re.Match[str]) -> str:
    return html.unescape(entity[0]).replace("\xa0", " ")


def _without_tags(text: str) -> str:
    """Drop every tag once; a text that has none comes back as it was."""
    pieces: list[str] = []
    done, at, ends = 0, 0, _Ends(text)
    while (found := _OPENING.search(text, at)) is not None:
        at = found.end()
        end = ends.of(found)
        if end < 0:
            continue  # nothing ends it: it is no tag
        name = (found[1] or "").lower()
        pieces += (text[done : found.start()], "\n" if _BLOCK.fullmatch(name) else "")
        done = at = end
    bare = "".join((*pieces, text[done:]))
    if ends.n_sections:
        bare = bare.replace("]]>", "")
    return bare.strip() if pieces else text


class _Ends:
    """Finds where tags of a text end; what was looked for in vain to the end of the text is not looked for again."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.missing: set[str] = set()
        self.n_patient = 32  # tags whose quotes are heeded though they lead nowhere
        self.n_sections = 0  # begun by <![CDATA[

    def of(self, opening: re.Match[str]) -> int:
        """Give the place after a tag, -1 where nothing ends it."""
        if opening[0] == "<!--":
            return self._after("-->", opening.end())
        if opening[0] == "<![CDATA[":
            self.n_sections += 1
            return opening.end()  # its content is text
        name = (opening[1] or "").lower()
        end = self._of_tag(opening.end())
        if end >= 0 and name in _HIDDEN and opening[0][1] != "/" and self.text[end - 2] != "/":
            return self._after_hidden(name, end)
        return end

    def _of_tag(self, start: int) -> int:
        if self.n_patient > 0:
            if (found := _REST.match(self.text, start)) is not None:
                return found.end()
            self.n_patient -= 1
        return self._after(">", start)

    def _after(self, mark: str, start: int) -> int:
        if mark in self.missing:
            return -1
        place = self.text.find(mark, start)
        if place < 0:
            self.missing.add(mark)
            return -1
        return place + len(mark)

    def _after_hidden(self, name: str, start: int) -> int:
        """Give the place after a script's end; where it has none, only the tag goes."""
        found = None if name in self.missing else _HIDDEN[name].search(self.text, start)
        if found is None:
            self.missing.add(name)
            return start
        return found.end()
