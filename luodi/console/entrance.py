"""The entrance: a page without scripts that takes a key."""

from __future__ import annotations

from html import escape
from importlib import resources
from typing import TYPE_CHECKING

from luodi.console.wire import Send, cookies_of, reply
from luodi.language import speak, t

if TYPE_CHECKING:
    from luodi.console.sessions import Sessions

LANGUAGE_COOKIE = "luodi_language"


def language_of(headers: dict[str, str]) -> str:
    """Give the language that a visitor chose, else the one that the browser prefers.

    >>> language_of({"accept-language": "zh-CN,zh;q=0.9"}), language_of({"cookie": "luodi_language=en"})
    ('zh', 'en')
    """
    chosen = cookies_of(headers).get(LANGUAGE_COOKIE)
    if chosen in ("en", "zh"):
        return chosen
    return "zh" if headers.get("accept-language", "").strip().lower().startswith("zh") else "en"


class Entrance:
    """Asks for a key; the secret leaves the page in a form, is looked up once, and is shown nowhere again."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions

    async def show(self, send: Send, *, language: str, status: int = 200, is_wrong: bool = False) -> None:
        """Send the page."""
        with speak(language):
            page = _page(language, is_wrong=is_wrong)
        await reply(send, status, body=page)


def _page(language: str, *, is_wrong: bool) -> str:
    style = (resources.files("luodi.console") / "console.css").read_text("utf-8")
    other, name = ("en", "English") if language == "zh" else ("zh", "中文")
    about = t(
        "Paste a key of this service. It is kept until you leave, at most 12 hours, and ends at once when the key is "
        "revoked."
    )
    fault = escape(t("This key is unknown, or it was revoked."))
    return f"""<!doctype html>
<html lang="{"zh-CN" if language == "zh" else "en-US"}" class="plain">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>luodi</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body class="entrance">
<main class="card">
<p class="brand"><span class="mark"></span>luodi</p>
<h1>{escape(t("Who is there?"))}</h1>
<p class="quiet">{escape(about)}</p>
{f'<p class="fault" role="alert">{fault}</p>' if is_wrong else ""}
<form method="post" action="/console/enter">
<label for="key">{escape(t("key"))}</label>
<input id="key" name="key" type="password" autocomplete="off" spellcheck="false" placeholder="luodi_…"
 required autofocus>
<button class="strong" type="submit">{escape(t("Enter"))}</button>
</form>
<p class="quiet small">{escape(t("A key is made on the service's machine:"))}
<code>luodi keys add NAME --scope admin</code></p>
<p class="small"><a href="/console/language?to={other}&amp;back=/enter">{name}</a></p>
</main>
</body>
</html>"""
