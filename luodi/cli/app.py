"""The frame of the command line: finds the verb, speaks the language, turns errors into a sentence and a code.

A verb is a function in a file of its own, entered in ``VERBS``; the file is imported when the verb runs. It takes its
arguments, a keyword ``options: Options`` with what all verbs share, prints through ``options``, and returns its exit
code (or nothing, for 0). Errors are raised, never printed, by a verb.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import luodi
from luodi.cli.help import Translated
from luodi.errors import LuodiError, RecipeError
from luodi.language import speak, t
from luodi.language.say import LANGUAGES, chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cyclopts import App

#: Verb -> the function that does it, and its line in ``luodi --help``.
VERBS = {
    "demo": ("luodi.cli.demo:demo", "Build and prove a model of Chinese news headlines, offline."),
    "init": ("luodi.cli.init:init", "Write a recipe from what the data looks like."),
    "audit": ("luodi.cli.audit:audit", "Find out what is wrong with the data."),
    "label": ("luodi.cli.label:label", "Label rows on a page of your own, the doubtful ones first."),
    "build": ("luodi.cli.build:build", "Tune, compress, bundle and prove a model: the main job."),
    "predict": ("luodi.cli.predict:predict", "Answer a text, a file of any size, or standard input."),
    "find": ("luodi.cli.find:find", "Find the candidates that fit a text best."),
    "serve": ("luodi.cli.serve:serve", "Answer over HTTP with one bundle or several."),
    "evaluate": ("luodi.cli.evaluate:evaluate", "Score a bundle on labelled rows, class by class."),
    "keys": ("luodi.cli.keys:keys", "Make the keys of a service, list them, revoke them."),
    "store": ("luodi.cli.store:store", "Write what a service answered as a table, or let old answers go."),
    "verify": ("luodi.cli.verify:verify", "Check a bundle: hashes, answers and costs on this machine."),
    "doctor": ("luodi.cli.doctor:doctor", "Tell what this machine can do."),
    "models": ("luodi.cli.models:models", "List the pretrained models that come as packages."),
    "parts": ("luodi.cli.parts:parts", "List every stage, tuner and head with its fields."),
}
#: Verbs that keep what they have done and go on from it.
_RESUMING = ("build", "demo")
_STOPPED = 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that spin while they wait starve their neighbours
    _open_streams()
    with speak(_language(words)):
        try:
            code = _run(words)
            sys.stdout.flush()
        except BrokenPipeError:  # the reader has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 0
        except KeyboardInterrupt:
            resumes = bool(words) and words[0] in _RESUMING
            _say(t("stopped; the same command goes on from where it was") if resumes else t("stopped"))
            code = _STOPPED
        except Exception as error:  # the boundary: whatever it is, its user gets a sentence
            if "--debug" in words:
                raise
            code = _explain(error)
    sys.exit(code)


def _run(words: Sequence[str]) -> int:
    from cyclopts import CycloptsError

    if not words:
        _overview()
        return 0
    if odd := next((word for word in words if "\0" in word), None):  # no shell hands such a word over
        raise RecipeError(t("an argument holds a zero character: {word!r}", word=odd))
    try:
        result = make_app(words)(
            _hyphen_last(words), exit_on_error=False, print_error=False, result_action="return_value"
        )
    except CycloptsError as wrong:
        from luodi.cli.arguments import complaint

        raise complaint(wrong, words, tuple(VERBS)) from wrong
    return result if isinstance(result, int) else 0


def make_app(words: Sequence[str]) -> App:
    """Make the parser; a verb that is asked for describes itself, the others have their line."""
    from cyclopts import App

    app = App(
        name="luodi",
        help=luodi.__doc__,
        version=luodi.__version__,
        help_format="plaintext",
        help_formatter=Translated() if chosen() == "zh" else None,
        suppress_keyboard_interrupt=False,
    )
    for verb, (place, line) in VERBS.items():
        app.command(place, name=verb, help=None if verb in words else line, help_format="plaintext")
    return app


def _hyphen_last(words: Sequence[str]) -> list[str]:
    """Move a lone ``-`` (standard input) behind ``--``: elsewhere the parser takes it for an option without a name."""
    if "-" not in words or "--" in words:
        return list(words)
    return [word for word in words if word != "-"] + ["--", "-"]


def _open_streams() -> None:
    """Make the streams of the process fit to be written to, whatever was done to them before it began.

    One that is closed gives its number to the next file that is opened, which then gets what others print; so what
    is closed leads nowhere instead. Half characters, as broken files and arguments hold them, are shown by their code.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _language(words: Sequence[str]) -> str:
    """Look for --lang before anything is parsed, so that complaints about the rest are in it."""
    for place, word in enumerate(words):
        wish = word.partition("=")[2] if word.startswith("--lang=") else ""
        if word == "--lang" and place + 1 < len(words):
            wish = words[place + 1]
        if wish in LANGUAGES:
            return wish
    return chosen()


def _explain(error: Exception) -> int:
    """Say what went wrong, and give the exit code of the one who must act."""
    if isinstance(error, OSError) and (plain := _plain(error)) is not None:
        error = plain
    if isinstance(error, LuodiError):
        lines = [error.what]
        lines += [t("  found: {text}", text=error.found)] if error.found else []
        lines += [t("  fix:   {text}", text=error.fix)] if error.fix else []
        _say("\n".join(lines))
        return error.exit_code
    if isinstance(error, MemoryError):
        _say(t("the memory does not suffice; try fewer rows, or --set max_tokens=64"))
    else:
        _say(
            t("something unforeseen went wrong: {kind}: {error}", kind=type(error).__name__, error=error)
            + "\n  "
            + t("the same command with --debug shows where; please report it")
        )
    return 1


def _plain(error: OSError) -> LuodiError | None:
    """Say in our words what the system refuses; None where it does not say of which file it speaks."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        what = t("the disk is full: {where}", where=error.filename) if error.filename else t("the disk is full")
        return LuodiError(what, fix=t("make room, then give the same command again"))
    if isinstance(error, PermissionError):
        return LuodiError(t("no permission: {where}", where=error.filename or error))
    if error.filename is None:
        return None
    return LuodiError(t("{where} cannot be read or written", where=error.filename), found=error.strerror)


def _say(text: str) -> None:
    with suppress(OSError):  # who cannot be told is left with the exit code
        sys.stderr.write(f"luodi: {text}\n")
        sys.stderr.flush()


def _overview() -> None:
    sys.stdout.write(
        t(
            "luodi {version}: from labelled text to a small, fast model that has proved itself\n\n"
            "  luodi demo                         try it on Chinese news headlines, offline\n"
            "  luodi build reviews.csv            your own table of texts and labels\n"
            "  luodi predict reviews.luodi TEXT   ask the model that came out\n\n"
            "`luodi --help` lists all verbs, `luodi VERB --help` shows one with an example.\n",
            version=luodi.__version__,
        )
    )
