"""The model is chosen by letters and little words."""

import pytest

from luodi.data import Dataset
from luodi.language import speak
from luodi.models import ZOO, choose

ENGLISH = ["what is the rate of this card", "I can not find my order and the app is slow"]


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (ENGLISH, "minilm-en"),
        ([*ENGLISH * 60, "caffè with a naïve crème brûlée"], "minilm-en"),
        (["物流很快，包装完好"], "e5-multilingual"),
        ([*ENGLISH, "物流很快，包装完好"], "e5-multilingual"),
        (["der Fahrer war sehr nett und die Suppe war kalt"], "e5-multilingual"),
        (["il servizio in camera era ottimo e a buon prezzo", "non mi piace"], "e5-multilingual"),
        (["o motorista foi muito simpático", "a comida estava fria e a entrega atrasou"], "e5-multilingual"),
        (["очень вкусно"], "e5-multilingual"),
        (["🙂🙂", "123", "", "\ud800"], "e5-multilingual"),
        ([], "e5-multilingual"),
    ],
)
def test_the_right_one_is_taken(texts, name):
    assert choose(Dataset.of(texts, {})).name == name


def test_it_says_why_in_the_language_spoken():
    with speak("zh"):
        assert "英文" in choose(Dataset.of(ENGLISH, {})).reason
    with speak("en"):
        assert "are not Latin" in choose(Dataset.of(["物流很快"], {})).reason


def test_what_it_names_is_in_the_zoo():
    assert {choose(Dataset.of(texts, {})).name for texts in (ENGLISH, ["快"], ["ciao"])} <= set(ZOO)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "name"), [("banking77_train.csv", "minilm-en"), ("waimai_10k.csv", "e5-multilingual")]
)
def test_on_real_data(shared_data, file, name):
    from luodi.data import read

    assert choose(read(shared_data / file)).name == name
