"""Texts become weighted terms, whatever they hold."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.auditing.opinion.terms import fit_terms


def test_rows_have_length_one_and_like_texts_are_alike():
    _, rows = fit_terms(["物流很快", "物流太慢", "the soup was cold"])
    assert np.allclose(np.sqrt(rows.multiply(rows).sum(axis=1)), 1.0, atol=1e-5)
    alike = (rows @ rows.T).toarray()
    assert alike[0, 1] > 0.2 > alike[0, 2]


def test_what_was_learned_weighs_the_same_texts_alike():
    texts = [f"text number {row} of many" for row in range(50)]
    terms, rows = fit_terms(texts)
    assert abs(rows - terms.of(texts)).max() < 1e-6


def test_of_many_texts_a_term_counts_that_stands_in_two():
    texts = [f"common {row:05}" for row in range(600)]
    terms, rows = fit_terms([*texts, "zyxwvut"])
    assert rows[600].nnz < 3  # its characters stand elsewhere, its runs of them nowhere
    assert terms.of(["zyxwvut"]).shape == (1, rows.shape[1])


def test_of_too_many_terms_the_most_frequent_count():
    terms, rows = fit_terms(["aa bb", "aa cc", "aa dd"], most=3)
    assert rows.shape == (3, 3)
    assert sum(map(len, terms.kept)) == 3


def test_very_many_texts_are_cut_shorter():
    assert fit_terms(["x" * 5000])[0].longest == 1000
    assert fit_terms(["x" * 5000], n_texts=100_000)[0].longest == 300
    assert fit_terms(["x" * 5000], n_texts=10_000_000)[0].longest == 200


@settings(max_examples=25)
@given(st.lists(st.text(st.characters(exclude_categories=[])), min_size=1, max_size=8))
def test_any_texts_become_finite_rows(texts):
    _, rows = fit_terms(texts)
    assert rows.shape[0] == len(texts)
    assert np.isfinite(rows.data).all()
