"""Everything a user reads is said in Chinese too: every template has its row, no row is left over."""

import ast
import json
import re
import string
from collections import Counter

import pytest

import luodi


def calls_of_t(tree):
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t"
    ]


def tables_of(tree):
    """Give the file's tables of sentences: dicts at its top whose values are all literal texts."""
    found = {}
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        values = getattr(getattr(node, "value", None), "values", None)
        if isinstance(target, ast.Name) and isinstance(values, list) and all(map(is_text, values)):
            found[target.id] = [value.value for value in values]
    return found


def is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def templates_of(call, tree):
    """Give what a call may say: one literal, or every value of a table of literals in the same file; else None."""
    argument = call.args[0] if call.args else None
    if is_text(argument):
        return [argument.value]
    if isinstance(argument, ast.Subscript) and isinstance(argument.value, ast.Name):
        return tables_of(tree).get(argument.value.id)
    return None


#: ``t("...")`` in a page of the report.
_IN_PAGE = re.compile(r"""\bt\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")


@pytest.fixture(scope="module")
def said(sources, root):
    """Every template in the code, with the places that say it."""
    found = {}
    for source in sources:
        for call in calls_of_t(source.tree):
            for template in templates_of(call, source.tree) or ():
                found.setdefault(template, []).append(f"{source.place}:{call.lineno}")
    for page in sorted((root / "luodi").rglob("page/*")):
        if page.is_file():
            for match in _IN_PAGE.finditer(page.read_text("utf-8")):
                template = next(group for group in match.groups() if group is not None)
                found.setdefault(template, []).append(page.relative_to(root).as_posix())
    assert len(found) > 200
    for text, place in [*texts_of_help(), *texts_of_parts()]:
        found.setdefault(text, []).append(place)
    return found


def texts_of_parts():
    """Give what ``luodi parts`` says of each: the first line of its docstring."""
    from luodi.job.parts import enrol
    from luodi.registry import kinds, parts

    enrol()
    found = [(part.__doc__.strip().splitlines()[0], f"{kind} {name}")
             for kind in kinds() for name, part in parts(kind).items()
             if (part.__module__ or "").startswith("luodi.")]  # fmt: skip
    assert len(found) > 20
    return found


def texts_of_help():
    """Give what ``--help`` says: of every verb its line, its paragraphs and its options, and what the parser adds."""
    from cyclopts import App

    from luodi.cli.app import VERBS, make_app
    from luodi.cli.help import texts_of

    bare = App(name="luodi", version="1")
    found = [(bare[flag].help, f"luodi {flag}") for flag in ("--help", "--version")]
    found += [(luodi.__doc__, "luodi --help"), *((line, "luodi --help") for _, line in VERBS.values())]
    for verb in VERBS:
        texts = list(texts_of(make_app([verb]), verb))
        assert len(texts) >= 5, verb  # one paragraph at least, and the options that all verbs share
        found += [(text, f"luodi {verb} --help") for text in texts]
    assert len(found) > 60
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
    calls = [(source, call) for source in sources for call in calls_of_t(source.tree)]
    assert len(calls) > 300
    assert not [f"{s.place}:{call.lineno}" for s, call in calls if templates_of(call, s.tree) is None]


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
            if None in keywords or not is_text(call.args[0]):  # **values: seen when it runs
                continue
            n += 1
            parsed = string.Formatter().parse(call.args[0].value)
            named = {re.split(r"[.\[]", name)[0] for _, name, _, _ in parsed if name is not None}
            if keywords != named:
                wrong.append(f"{source.place}:{call.lineno}: given {sorted(keywords)}, named {sorted(named)}")
    assert n > 200
    assert not wrong, "\n".join(wrong)
