"""What is asked over HTTP is answered as the bundle answers it here; what is odd is refused in one shape."""

import json
import time

import pytest

from luodi.bundle import load
from luodi.data.pair import pair
from luodi.serve import Limits

TEXTS = ["物流很快，包装完好", "", "the soup was cold", "🙂" * 40, "a\x1fb"]


def test_texts_are_answered_as_the_bundle_answers_them(call, one_head):
    found = call("POST", "/v1/predict", {"texts": TEXTS})
    assert found.status == 200
    here = [one.to_json() for one in load(one_head)(TEXTS)]
    said = found.json["predictions"]
    assert [{name: one[name] for name in here[0]} for one in said] == here
    assert [one["id"] for one in said] == [f"{found.json['id']}-{place}" for place in range(5)]
    assert found.json["model"] == "tiny"
    assert found.json["bundle"] == call.service.fleet.get("tiny").fingerprint


def test_one_text_is_answered(call):
    found = call("POST", "/v1/predict", {"text": "物流很快"})
    assert set(found.json["predictions"][0]) == {"id", "情感", "abstained", "tier", "stored"}
    assert found.headers["x-request-id"] == found.json["id"]


def test_every_head_is_answered(calls, several_heads):
    found = calls(several_heads)("POST", "/v1/predict", {"text": "物流很快"}).json["predictions"][0]
    assert set(found) == {"id", "情感", "方面", "名称", "abstained", "tier", "stored"}


def test_pairs_are_answered_by_who_takes_pairs(calls, pairs, one_head):
    call = calls(pairs, one_head)
    found = call("POST", "/v1/predict", {"model": "pairs", "pairs": [["怎么退货", "如何退货"]]})
    here = load(pairs)([pair("怎么退货", "如何退货")])[0].to_json()
    assert found.json["predictions"][0]["同义"] == here["同义"]
    assert call("POST", "/v1/predict", {"model": "pairs", "text": "怎么退货"}).code == "needs_pairs"
    assert call("POST", "/v1/predict", {"model": "tiny", "pairs": [["a", "b"]]}).code == "needs_texts"


def test_of_several_models_one_is_named(calls, one_head, another):
    call = calls(one_head, named={"other": another})
    assert call("POST", "/v1/predict", {"text": "a"}).code == "which_model"
    assert call("POST", "/v1/predict", {"text": "a", "model": "other"}).json["model"] == "other"
    unknown = call("POST", "/v1/predict", {"text": "a", "model": "othr"})
    assert (unknown.status, unknown.code) == (404, "unknown_model")
    assert "other" in unknown.json["error"]["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"{", 400), (b"\xff", 400), (b'{"text": "a", "text": "b"}', 400), (b'{"text": NaN}', 400),
        (b'{"text": Infinity}', 400), (b'{"text": "\\ud800"}', 400), (b'{"deadline_ms": ' + b"9" * 5000 + b"}", 400),
        (b"[" * 100_000, 400), (b'{"a":' * 90 + b"1" + b"}" * 90, 400), (b'\xef\xbb\xbf{"text": "a"}', 400),
        ('{"text": "a"}'.encode("utf-16"), 400),
        (b"1", 422), (b"{}", 422), (b'{"text": 1}', 422), (b'{"text": "a", "texts": ["b"]}', 422),
        (b'{"texts": []}', 422), (b'{"text": "a", "more": 1}', 422), (b'{"pairs": [["a"]]}', 422),
        (b'{"text": "a", "deadline_ms": 0}', 422), (b'{"text": "a", "deadline_ms": 1e999}', 422),
        (b'{"text": "a", "deadline_ms": ' + b"9" * 400 + b"}", 422), (b'{"text": "a", "store": 1}', 422),
    ],
)  # fmt: skip
def test_an_odd_body_is_refused(call, body, status):
    found = call("POST", "/v1/predict", body)
    assert found.status == status
    assert found.json["error"]["request"] == found.headers["x-request-id"]
    assert len(found.body) < 1000


def test_a_body_is_counted_while_it_comes(calls, one_head):
    call = calls(one_head, limits=Limits(body_bytes=1000))
    taken = []

    def endless():
        for _ in range(10_000):
            taken.append(1)
            yield b"x" * 100

    assert call("POST", "/v1/predict", pieces=_Lazy(endless(), 10_000)).status == 413
    assert len(taken) == 11
    assert call("POST", "/v1/predict", b"{}", headers={"content-length": "1001"}).status == 413
    assert call("POST", "/v1/predict", b'{"text": "a"}', headers={"content-length": "13"}).status == 200


class _Lazy(list):
    """Pieces that are made when they are asked for."""

    def __init__(self, pieces, n):
        super().__init__([b""] * n)
        self._pieces = pieces

    def __iter__(self):
        return self._pieces


def test_more_or_longer_texts_than_allowed_are_refused(calls, one_head):
    call = calls(one_head, limits=Limits(texts=3, characters=10))
    assert call("POST", "/v1/predict", {"texts": ["a"] * 4}).code == "too_large"
    long = call("POST", "/v1/predict", {"texts": ["a", "好" * 11]})
    assert (long.status, long.json["error"]["found"]) == (413, "11 characters")
    assert call("POST", "/v1/predict", {"texts": ["a", "b", "好" * 10]}).status == 200


def test_a_deadline_that_cannot_be_kept_is_told(calls, one_head):
    call = calls(one_head)
    found = call("POST", "/v1/predict", {"texts": ["物流很快 " * 100] * 500, "deadline_ms": 1})
    assert (found.status, found.code) == (504, "too_slow")
    assert call("POST", "/v1/predict", {"text": "a", "deadline_ms": 60_000}).status == 200


def test_who_has_left_is_not_answered(call):
    gone = call("POST", "/v1/predict", {"texts": ["物流很快 " * 100] * 500}, leaves=True)
    assert gone is None
    assert b'luodi_requests_total{method="POST",route="/v1/predict",status="499"} 1.0' in call("GET", "/metrics").body
    assert "luodi_texts_total{" not in call("GET", "/metrics").body.decode()


def test_more_than_may_wait_is_told_to_come_back(calls, one_head, monkeypatch):
    call = calls(one_head)
    batcher = call.service.fleet.get("tiny").batcher
    batcher._is_draining = True
    found = call("POST", "/v1/predict", {"text": "a"})
    assert (found.status, found.code) == (429, "overloaded")
    assert int(found.headers["retry-after"]) >= 1
    call.app.state.draining = True
    found = call("POST", "/v1/predict", {"text": "a"})
    assert (found.status, found.code) == (503, "draining")
    batcher._is_draining = False


def test_an_answer_that_is_stored_is_on_disk(call, store):
    found = call("POST", "/v1/predict", {"texts": ["物流很快", "b"]}, headers={"x-request-id": "mine"})
    assert [one["stored"] for one in found.json["predictions"]] == [True, True]
    kept = store.one(found.json["predictions"][0]["id"]).answered
    assert kept.answers == {"情感": found.json["predictions"][0]["情感"]}
    assert (kept.model, kept.bundle, kept.text, kept.request) == ("tiny", found.json["bundle"], None, "mine")
    assert not call("POST", "/v1/predict", {"text": "a", "store": False}).json["predictions"][0]["stored"]


def test_an_id_that_comes_twice_names_two_answers(call, store):
    said = [call("POST", "/v1/predict", {"text": "a"}, headers={"x-request-id": "same"}) for _ in range(2)]
    assert {one.headers["x-request-id"] for one in said} == {"same"}
    ids = {one.json["predictions"][0]["id"] for one in said}
    assert len(ids) == 2
    assert all(store.one(id) for id in ids)


def test_texts_are_kept_only_where_that_is_wanted(calls, one_head, store):
    found = calls(one_head, keep_texts=True)("POST", "/v1/predict", {"text": "物流很快"})
    assert store.one(found.json["predictions"][0]["id"]).answered.text == "物流很快"


def test_a_store_that_fails_fails_no_answer(calls, one_head, store):
    call = calls(one_head)
    store.close()
    found = call("POST", "/v1/predict", {"text": "a"})
    assert found.status == 200
    assert found.json["predictions"][0]["stored"] is False
    assert b'luodi_store_rows_total{result="failed"} 1.0' in call("GET", "/metrics").body
    assert any(line["event"] == "store" for line in call.lines())


def test_a_store_that_is_slow_holds_up_no_answer(calls, one_head, store):
    call = calls(one_head, store_wait_s=0.05)
    call("GET", "/v1/models")  # the guard has read once: its connection is there
    blocked = store.write(lambda _: time.sleep(1.0))
    found = call("POST", "/v1/predict", {"text": "a"})
    assert found.status == 200
    assert found.json["predictions"][0]["stored"] is False
    assert not blocked.done()  # the answer came first


def test_without_a_store_nothing_is_stored(calls, one_head):
    found = calls(one_head, store=None)("POST", "/v1/predict", {"text": "a"})
    assert found.json["predictions"][0]["stored"] is False


def test_the_answer_is_json_in_utf8(call):
    found = call("POST", "/v1/predict", {"text": "a"})
    assert "情感".encode() in found.body
    assert json.loads(found.body)
