"""Wrong arguments: exit code 2, the word that is wrong, what was probably meant, and where help is."""

import pytest


@pytest.fixture
def sample(verb):
    def act(text: str, /, *, seed: int = 7, sharpness: float = 1.0):
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
        (["act", "x", "--seed", "many"], "many"),
        (["act", "x", "--seed"], "--seed"),
        (["act", "x", "y", "z"], "y"),
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


@pytest.mark.parametrize("odd", ["", " ", "😀", "标签", "\ud800", "{name}", "a" * 5000])
@pytest.mark.usefixtures("sample")
def test_any_word_at_all_is_answered_by_a_sentence(luodi, odd):
    assert luodi(odd).code == 2
    assert luodi("act", "x", f"--{odd}" if odd else "--=").code == 2
