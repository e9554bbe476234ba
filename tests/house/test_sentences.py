"""Everything a user reads is said in Chinese too: every template has its row, no row is left over."""

import ast
import json
import re
import string
from collections import Counter

import pytest


def calls_of_t(tree):
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t"
    ]


def is_literal(call):
    return bool(call.args) and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)


#: ``t("...")`` in a page of the report.
_IN_PAGE = re.compile(r"""\bt\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")


@pytest.fixture(scope="module")
def said(sources, root):
    """Every template in the code, with the places that say it."""
    found = {}
    for source in sources:
        for call in calls_of_t(source.tree):
            if is_literal(call):
                found.setdefault(call.args[0].value, []).append(f"{source.place}:{call.lineno}")
    for page in sorted((root / "luodi").rglob("page/*")):
        if page.is_file():
            for match in _IN_PAGE.finditer(page.read_text("utf-8")):
                template = next(group for group in match.groups() if group is not None)
                found.setdefault(template, []).append(page.relative_to(root).as_posix())
    assert len(found) > 200
    return found


@pytest.fixture(scope="module")
def tables(root):
    """Every row of every table, repeats kept."""
    files = sorted((root / "luodi" / "language" / "zh").glob("*.json"))
    assert len(files) >= 9
    return {file.name: json.loads(file.read_text("utf-8"), object_pairs_hook=list) for file in files}


@pytest.fixture(scope="module")
def rows(tables):
    return {english: chinese for table in tables.values() for english, chinese in table}


def test_every_template_is_a_literal(sources):
    """What is looked up must be findable by reading the code."""
    calls = [(source.place, call) for source in sources for call in calls_of_t(source.tree)]
    assert len(calls) > 300
    assert not [f"{place}:{call.lineno}" for place, call in calls if not is_literal(call)]


def test_every_sentence_has_its_chinese(said, rows):
    missing = {template: places for template, places in said.items() if template not in rows}
    assert not missing, f"{len(missing)} missing\n" + "\n".join(
        f"{places[0]}: {one!r}" for one, places in missing.items()
    )


def test_no_row_is_left_over(said, rows):
    assert sorted(set(rows) - set(said)) == []


def test_no_key_stands_twice(tables):
    counts = Counter(english for table in tables.values() for english, _ in table)
    assert {key: n for key, n in counts.items() if n > 1} == {}


def test_both_languages_fill_the_same_fields(rows):
    """The conversion may differ, the names may not; braces that stand for themselves stay doubled."""

    def fields(template):
        return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}

    wrong = {english: chinese for english, chinese in rows.items() if fields(english) != fields(chinese)}
    assert wrong == {}


def test_chinese_is_chinese(rows):
    """A row says something in Chinese, unless nothing is left of it but fields, names and signs."""
    bare = {english for english, chinese in rows.items() if not re.search(r"[\u4e00-\u9fff]", chinese)}
    assert not {english for english in bare if re.search(r"[a-z]{4,} [a-z]{2,}", re.sub(r"\{[^}]*\}", "", english))}
    assert not [chinese for chinese in rows.values() if not chinese.strip()]


def test_a_template_is_filled_with_what_it_names(sources):
    """Each keyword of a call to t() stands in its template, and each name in the template is given."""
    n, wrong = 0, []
    for source in sources:
        for call in calls_of_t(source.tree):
            keywords = {one.arg for one in call.keywords}
            if None in keywords or not is_literal(call):  # **values: seen when it runs
                continue
            n += 1
            parsed = string.Formatter().parse(call.args[0].value)
            named = {re.split(r"[.\[]", name)[0] for _, name, _, _ in parsed if name is not None}
            if keywords != named:
                wrong.append(f"{source.place}:{call.lineno}: given {sorted(keywords)}, named {sorted(named)}")
    assert n > 200
    assert not wrong, "\n".join(wrong)
