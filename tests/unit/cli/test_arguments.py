"""Wrong arguments: exit code 2, the word that is wrong, what was probably meant, and where help is."""

from typing import Literal

import pytest


@pytest.fixture
def sample(verb):
    def act(
        text: str, /, *, seed: int = 7, sharpness: float = 1.0, how: Literal["fast", "well"] = "well", dry: bool = False
    ):
        """Act on a text."""

    verb(act)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bulid"], "there is no verb 'bulid'; did you mean 'build'?"),
        (["qqqq"], "there is no verb 'qqqq'; known: demo"),
        (["act"], "luodi act needs"),
        (["act", "x", "--sede", "3"], "luodi act has no option --sede; did you mean '--seed'?"),
        (["act", "x", "--qqqq=3"], "luodi act has no option --qqqq"),
        (["act", "x", "--seed", "many"], "luodi act: --seed is a whole number, not 'many'"),
        (["act", "x", "--seed", ""], "luodi act: --seed is a whole number, not ''"),
        (["act", "x", "--sharpness", "very"], "luodi act: --sharpness is a number, not 'very'"),
        (["act", "x", "--how", "slow"], "luodi act: --how is one of fast, well, not 'slow'"),
        (["act", "x", "--dry=perhaps"], "luodi act: --dry is true or false, not 'perhaps'"),
        (["act", "x", "--seed", "1", "--seed", "2"], "luodi act: --seed is given twice"),
        (["act", "x", "--seed"], "luodi act: --seed wants a value"),
        (["act", "x", "y", "z"], "luodi act takes no more words than that, and then comes: y z"),
        (["--qqqq"], "--qqqq is no option before the verb"),
    ],
)
@pytest.mark.usefixtures("sample")
def test_says_which_word_is_wrong(luodi, words, said):
    ended = luodi(*words)
    assert ended.code == 2
    assert said in ended.err
    assert "--help" in ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(("verb", "rest"), [("audit", ()), ("build", ()), ("label", ())])
@pytest.mark.parametrize("seed", ["1.5", "2.0", "many"])
def test_a_seed_is_never_rounded(luodi, verb, rest, seed):
    ended = luodi(verb, "rows.csv", "--seed", seed, *rest)
    assert ended.code == 2
    assert f"luodi {verb}: --seed is a whole number, not '{seed}'" in ended.err


@pytest.mark.usefixtures("sample")
def test_what_is_wrong_with_a_value_is_said_in_chinese_too(luodi):
    for words in (["--seed", "many"], ["--seed"], ["--how", "slow"], ["y"], ["--seed", "1", "--seed", "2"]):
        said = luodi("act", "x", *words, "--lang", "zh").err.splitlines()[0]
        assert any("\u4e00" <= sign <= "\u9fff" for sign in said), said


@pytest.mark.usefixtures("sample")
def test_an_option_before_the_verb_is_told_its_place(luodi):
    ended = luodi("--lang", "zh", "act", "x")
    assert ended.code == 2
    assert "'zh'" not in ended.err  # "there is no verb 'zh'" would send its reader the wrong way


@pytest.mark.parametrize("words", [["-"], ["-", "--seed", "3"], ["--seed", "3", "-"], ["--seed", "3", "--", "-"]])
def test_a_lone_hyphen_is_a_value(luodi, verb, words):
    def act(*texts: str, seed: int = 3):
        return 40 if (texts, seed) == (("-",), 3) else 41

    verb(act)
    assert luodi("act", *words).code == 40


@pytest.mark.parametrize("odd", ["", " ", "😀", "标签", "\ud800", "{name}", "a" * 5000, "a\0b"])
@pytest.mark.usefixtures("sample")
def test_any_word_at_all_is_answered_by_a_sentence(luodi, odd):
    assert luodi(odd).code == 2
    assert luodi("act", "x", f"--{odd}" if odd else "--=").code == 2
