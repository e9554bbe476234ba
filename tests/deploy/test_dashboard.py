"""The dashboard asks only for what the service tells, and for all that matters of it."""

import json
import re
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "deploy" / "grafana.json"
_NAME = re.compile(r"\b(?:luodi|process|python)_[a-z0-9_]+\b")
_LABELS = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"")
_BY = re.compile(r"\b(?:by|on|ignoring)\s*\(([^)]*)\)")
#: What Prometheus itself adds to every line.
_ADDED = {"instance", "le"}


@pytest.fixture(scope="module")
def board():
    return json.loads(FILE.read_text("utf-8"))


@pytest.fixture(scope="module")
def asked(board):
    found = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    found += [one["query"]["query"] for one in board["templating"]["list"] if one["type"] == "query"]
    assert len(found) > 20
    return found


@pytest.fixture(scope="module")
def told():
    """What a service tells: the name of every line, with its labels."""
    from luodi.serve.meters import Meters

    meters = Meters()
    meters.watch(lambda: ())
    names = {}
    for family in meters.registry.collect():
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ("",))
        names |= {family.name + end: family.type for end in ends}
    return names


@pytest.fixture(scope="module")
def labels():
    """Every label that any figure of the service bears."""
    from luodi.serve.meters import Meters

    meters = Meters()
    own = [one for one in vars(meters).values() if hasattr(one, "_labelnames")]
    assert len(own) > 10
    return {name for one in own for name in one._labelnames}


def test_every_figure_that_it_asks_for_is_told(asked, told):
    named = {name for query in asked for name in _NAME.findall(query)}
    assert len(named) > 15
    assert not named - set(told)


def test_nothing_that_is_told_is_left_out(asked, told):
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for query in asked for name in _NAME.findall(query)}
    all_of_it = {re.sub(r"_(bucket|sum|count)$", "", name) for name in told if name.startswith("luodi_")}
    assert len(all_of_it) > 10
    assert not all_of_it - shown


def test_every_label_that_it_asks_for_is_borne(asked, labels):
    used = {name for query in asked for name in _LABELS.findall(query)}
    used |= {name.strip() for query in asked for names in _BY.findall(query) for name in names.split(",")}
    assert {"model", "status", "le"} <= used
    assert not used - labels - _ADDED


def test_counters_are_asked_for_as_rates_and_quantiles_by_their_edges(asked, told):
    for query in asked:
        if query.startswith("label_values"):
            continue
        for name in _NAME.findall(query):
            if name.endswith(("_total", "_bucket", "_sum", "_count")) and name in told:
                assert re.search(rf"rate\({name}\b", query), query
        assert "_bucket" not in query or "by (le" in query, query


def test_brackets_close(asked):
    assert not [query for query in asked if any(query.count(a) != query.count(b) for a, b in ("()", "{}", "[]"))]


def test_panels_have_their_own_numbers_and_do_not_overlap(board):
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
    assert all(panel["title"] for panel in panels)


def test_it_is_bound_to_no_source_of_its_maker(board):
    sources = {json.dumps(panel["datasource"]) for panel in board["panels"] if "datasource" in panel}
    assert sources == {'{"type": "prometheus", "uid": "${datasource}"}'}
