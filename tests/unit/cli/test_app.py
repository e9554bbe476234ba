"""The frame: every ending has its exit code and one sentence, in the reader's language, without a traceback."""

import errno
import re
import subprocess
import sys
from pathlib import Path

import pytest

import luodi as package
from luodi import errors
from luodi.cli import app as frame
from luodi.cli.app import VERBS
from luodi.cli.help import texts_of
from luodi.language import look_up, speak

_ROOT = Path(__file__).parents[3]
_CLASSES = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.LuodiError)]


def test_without_arguments_it_shows_how_to_begin(luodi):
    ended = luodi()
    assert ended.code == 0
    assert all(f"luodi {name}" in ended.out for name in ("demo", "build", "predict"))


def test_version(luodi):
    assert luodi("--version").out.strip() == package.__version__


def test_help_lists_every_verb_with_its_line(luodi):
    shown = luodi("--help").out
    assert len(VERBS) >= 9
    for name, (_, line) in VERBS.items():
        assert name in shown
        assert line[:20] in shown


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_helps_with_an_example(luodi, name):
    ended = luodi(name, "--help")
    assert ended.code == 0
    assert f"Example: luodi {name}" in ended.out
    assert "--lang" in ended.out
    assert "--json" in ended.out


@pytest.mark.parametrize("name", VERBS)
def test_help_is_chinese_where_chinese_is_spoken(luodi, name):
    """Every text of the English page has its Chinese on the other one; the example is a command and stays."""
    texts = [" ".join(text.split()) for text in texts_of(frame.make_app([name]), name)]
    english, chinese = luodi(name, "--help").out, luodi(name, "--help", "--lang", "zh").out
    assert f"Example: luodi {name}" in chinese
    assert "用法：luodi" in chinese
    assert "Usage:" not in chinese
    with speak("zh"):
        said = [look_up(text) for text in texts]
    assert all(_run_together(text) in _run_together(english) for text in texts)
    assert all(_run_together(text) in _run_together(chinese) for text in said)
    assert not [text for text in texts if _run_together(text) in _run_together(chinese)]


def test_the_list_of_verbs_is_chinese_where_chinese_is_spoken(luodi, monkeypatch):
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    shown = luodi("--help").out
    assert not [line for _, line in VERBS.values() if line[:20] in shown]
    assert "微调、压缩、打包并实测一个模型" in shown
    assert "Commands" not in shown


def test_help_in_chinese_tells_choices_defaults_and_what_is_required(luodi):
    shown = luodi("demo", "--help", "--lang", "zh").out
    assert "（默认：demo）" in shown
    assert "（可选：en, zh）" in shown
    assert "（必填）" in luodi("build", "--help", "--lang", "zh").out


def _run_together(text):
    """Take frames, line breaks and blanks out."""
    return re.sub(r"[\s│╭╮╰╯─]", "", text)


@pytest.mark.parametrize("error", _CLASSES)
def test_every_error_class_ends_with_its_own_code(luodi, verb, error):
    def act():
        raise error("it is so", found="this", fix="do that")

    verb(act)
    ended = luodi("act")
    assert ended.code == error.exit_code
    assert ended.err == "luodi: it is so\n  found: this\n  fix:   do that\n"
    assert ended.out == ""


@pytest.mark.parametrize(
    ("error", "words", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "out.luodi"), "disk is full: out.luodi", 1),
        (PermissionError(errno.EACCES, "Permission denied", "out.luodi"), "no permission: out.luodi", 1),
        (MemoryError(), "memory does not suffice", 1),
        (KeyboardInterrupt(), "luodi: stopped\n", 130),
        (ZeroDivisionError("by nought"), "ZeroDivisionError: by nought", 1),
        (RuntimeError("{braces} of {nobody"), "RuntimeError: {braces} of {nobody", 1),
    ],
)
def test_other_endings_are_one_sentence_too(luodi, verb, error, words, code):
    def act():
        raise error

    verb(act)
    ended = luodi("act")
    assert ended.code == code
    assert words in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(("name", "resumes"), [("build", True), ("demo", True), ("predict", False), ("init", False)])
def test_only_what_resumes_is_said_to(luodi, monkeypatch, name, resumes):
    def stop(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(frame, "_run", stop)
    ended = luodi(name)
    assert ended.code == 130
    assert ("goes on from where it was" in ended.err) == resumes


def test_debug_shows_where_it_happened(verb):
    def act(*, debug: bool = False):
        raise ZeroDivisionError

    verb(act)
    from luodi.cli import main

    with pytest.raises(ZeroDivisionError):
        main(["act", "--debug"])


def test_a_verb_gives_its_own_code(luodi, verb):
    def act() -> int:
        return 4

    verb(act)
    assert luodi("act").code == 4


def test_an_error_speaks_the_language_asked_for_even_where_options_are_wrong(luodi):
    assert "你是不是想用" in luodi("bulid", "--lang", "zh").err or "；" in luodi("bulid", "--lang", "zh").err
    assert "did you mean" in luodi("bulid", "--lang=en").err


def test_the_locale_is_the_language_where_none_is_asked_for(luodi, monkeypatch):
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "did you mean" not in luodi("bulid").err


def test_a_reader_that_leaves_early_is_no_error():
    command = [sys.executable, "-m", "luodi", "--help"]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        said = process.stderr.read()
    assert said == b""


def test_help_loads_nothing_heavy():
    code = (
        "import sys, luodi.cli\n"
        "try: luodi.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'torch', 'transformers', 'onnxruntime', 'sklearn', 'pyarrow', 'tokenizers'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=_ROOT, capture_output=True, text=True, check=True)
    assert ended.stderr.strip() == "[]"
