"""Models, feedback, health, metrics, the protocol of others, the description, the log."""

import json
import re
import shutil

import pytest

from luodi.bundle import load
from luodi.serve.openapi import describe, pages
from luodi.serve.ways import ways

TABLE = (*ways(), *pages(ways()))


def test_models_are_told(calls, one_head, several_heads):
    call = calls(one_head, several_heads)
    assert [one["name"] for one in call("GET", "/v1/models").json["models"]] == ["tiny", "several"]
    one = call("GET", "/v1/models/several").json
    assert [head["name"] for head in one["heads"]] == ["情感", "方面", "名称"]
    assert one["heads"][0]["labels"] == ["正面", "负面"]
    assert (one["report"], one["budget"], one["kept"]) == (None, None, None)
    assert call("GET", "/v1/models/tny").status == 404


def test_a_model_is_replaced(call, another, one_head):
    before = call("POST", "/v1/predict", {"text": "物流很快"}).json
    found = call("PUT", "/v1/models/tiny", {"path": str(another)})
    assert found.status == 200
    after = call("POST", "/v1/predict", {"text": "物流很快"}).json
    assert after["bundle"] == found.json["bundle"] != before["bundle"]
    assert after["predictions"][0]["情感"] == load(another)(["物流很快"])[0].to_json()["情感"]


def test_what_cannot_replace_is_refused_without_its_place(call, one_head, tmp_path):
    damaged = shutil.copytree(one_head, tmp_path / "damaged.luodi")
    (damaged / "model.onnx").write_bytes(b"x" * (damaged / "model.onnx").stat().st_size)
    for path in (damaged, tmp_path / "nowhere", tmp_path, "/etc/passwd", "\0", "a" * 4096):
        found = call("PUT", "/v1/models/tiny", {"path": str(path)})
        assert (found.status, found.code) == (422, "bundle_refused")
        assert str(tmp_path) not in found.body.decode()
    assert call("PUT", "/v1/models/nope", {"path": "a"}).status == 404
    assert call("POST", "/v1/predict", {"text": "a"}).status == 200


def test_feedback_is_kept(call, store):
    id = call("POST", "/v1/predict", {"text": "a"}).json["predictions"][0]["id"]
    found = call("POST", "/v1/feedback", {"id": id, "label": "负面", "who": "lin"})
    assert (found.status, found.json) == (200, {"id": id, "labels": {"情感": "负面"}, "stored": True})
    kept = store.one(id).corrections
    assert [(one.head, one.label, one.who) for one in kept] == [("情感", "负面", "lin")]
    assert b'luodi_corrections_total{model="tiny"} 1.0' in call("GET", "/metrics").body


def test_feedback_is_held_against_the_head(calls, several_heads):
    call = calls(several_heads)
    id = call("POST", "/v1/predict", {"text": "物流很快"}).json["predictions"][0]["id"]

    def said(**body):
        found = call("POST", "/v1/feedback", {"id": id, **body})
        return found.status if found.status == 200 else found.code

    assert said(label="正面") == "which_head"
    assert said(labels={"情感": "正面", "方面": ["味道"], "名称": [[0, 2, "人"]]}) == 200
    assert said(labels={"方面": [], "名称": []}) == 200
    assert said(labels={"名称": [{"start": 0, "end": 1, "label": "地"}]}) == 200
    assert said(labels={"情感": "中性"}) == "not_a_label"
    for odd in (1, None, [], {"a": 1}, "", "正" * 3000, [["正面"]]):
        assert said(labels={"情感": odd}) == "not_a_label"
    for odd in ("味道", ["环境"], [1], [["味道"]]):
        assert said(labels={"方面": odd}) == "not_a_label"
    for odd in ([[2, 0, "人"]], [[0, 2, "物"]], [[0, 2]], "人", ["人"]):
        assert said(labels={"名称": odd}) == "not_a_label"
    assert said(labels={"情绪": "正面"}) == "unknown_head"
    assert said(labels={}) == "wrong_shape"
    assert said() == "wrong_shape"


def test_feedback_to_nothing_is_refused(call, calls, one_head):
    assert call("POST", "/v1/feedback", {"id": "nope-0", "label": "正面"}).status == 404
    assert calls(one_head, store=None)("POST", "/v1/feedback", {"id": "nope-0", "label": "正面"}).status == 404


def test_ready_until_asked_to_stop(call):
    assert call("GET", "/readyz").status == 200
    call.app.state.draining = True
    found = call("GET", "/readyz")
    assert (found.status, found.code) == (503, "draining")
    assert call("GET", "/healthz").status == 200
    assert call("GET", "/v2/health/ready").status == 503
    still = call("POST", "/v1/predict", {"text": "a"})  # what still comes is answered, and then the connection ends
    assert (still.status, still.headers["connection"]) == (200, "close")


def test_metrics_bear_the_names_that_were_promised(call):
    call("POST", "/v1/predict", {"texts": ["a", "b"]})
    call("BREW", "/v1/pot/" + "x" * 50)
    shown = call("GET", "/metrics")
    assert shown.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = shown.body.decode()
    for name in (
        "luodi_requests_total", "luodi_request_seconds_bucket", "luodi_texts_total", "luodi_batch_texts_sum",
        "luodi_batch_tokens_sum", "luodi_queue_texts", "luodi_queue_tokens", "luodi_queue_seconds_count",
        "luodi_engine_seconds_count", "luodi_answers_total", "luodi_store_rows_total", "luodi_build_info",
        "process_resident_memory_bytes",
    ):  # fmt: skip
        assert re.search(rf"^{name}[ {{]", text, re.MULTILINE), name
    assert 'luodi_texts_total{model="tiny",tier="model"} 2.0' in text
    assert 'luodi_requests_total{method="other",route="other",status="404"} 1.0' in text
    assert "xxx" not in text


def test_labels_without_end_are_counted_as_one():
    from luodi.serve.meters import MOST_LABELS, counted
    from luodi.tasks import Classify

    class Said:
        def __init__(self, label):
            self.said = {"label": label}

        def to_json(self):
            return self.said

    head = Classify("h", tuple(map(str, range(MOST_LABELS + 5))))
    assert counted(head, Said("7")) == ["7"]
    assert counted(head, Said(str(MOST_LABELS + 1))) == ["other"]


def test_odd_methods_and_paths_are_refused_in_our_shape(call):
    found = call("DELETE", "/v1/predict")
    assert (found.status, found.headers["allow"], found.code) == (405, "POST", "no_such_method")
    assert call("GET", "/v1/nope").code == "no_such_path"
    assert call("GET", "/v2/nope").json == {"error": "nothing is at this path"}
    assert call("HEAD", "/v1/models").status == 200
    assert call("GET", "/v1/models/").status == 404


def test_every_answer_is_shut_off(call):
    for path in ("/v1/models", "/nope", "/docs", "/healthz"):
        headers = call("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert not {"server", "access-control-allow-origin"} & set(headers)
    assert call("OPTIONS", "/v1/predict", headers={"access-control-request-method": "POST"}).status == 405


def test_what_nobody_foresaw_is_a_number_to_the_caller_and_whole_in_the_log(call, monkeypatch):
    async def breaks(*_, **__):
        raise RuntimeError("a secret at /etc/place")

    monkeypatch.setattr(call.service.fleet.get("tiny"), "ask", breaks)
    found = call("POST", "/v1/predict", {"text": "a"})
    assert (found.status, found.code) == (500, "failed")
    assert not re.search("secret|place|Error|Traceback|File", found.body.decode())
    line = call.lines()[-1]
    assert line["request"] == found.headers["x-request-id"]
    assert "RuntimeError" in line["note"]


def test_ids_are_sane(call):
    for sane in ("a", "order-17", "2f/a+b=@c:1.2_x", "x" * 128):
        assert call("GET", "/v1/models", headers={"x-request-id": sane}).headers["x-request-id"] == sane
    for odd in ("", "a b", "<b>", "x" * 129, "é", "a\x00"):
        assert call("GET", "/v1/models", headers={"x-request-id": odd}).headers["x-request-id"] != odd


def test_the_log_holds_a_line_a_request_and_no_text(call, calls, one_head, keys):
    call("POST", "/v1/predict", {"text": "我的电话是13800138000"}, headers={"x-request-id": "13800138000"})
    call("GET", "/healthz")
    raw = json.dumps(call.lines())
    line = call.lines()[-1]
    assert line["route"] == "/v1/predict"
    assert (line["status"], line["texts"], line["request"]) == (200, 1, "[PHONE]")
    assert "13800138000" not in raw
    assert "healthz" not in raw
    told = calls(one_head, log_texts=True)
    told("POST", "/v1/predict", {"text": "我的电话是13800138000"})
    assert told.lines()[-1]["said"] == ["我的电话是[PHONE]"]


def test_a_log_whose_reader_is_gone_holds_up_nobody(calls, one_head):
    call = calls(one_head)

    class Gone:
        def write(self, _):
            raise BrokenPipeError

        def flush(self):
            raise BrokenPipeError

    call.service.log._stream = Gone()
    assert call("GET", "/v1/models").status == 200
    assert call("GET", "/v1/models").status == 200
    call.service.log.close()


def test_the_protocol_of_others_is_spoken(call, one_head):
    assert call("GET", "/v2").json["name"] == "luodi"
    assert call("GET", "/v2/health/live").json == {"live": True, "ready": True}
    about = call("GET", "/v2/models/tiny").json
    assert about["inputs"] == [{"name": "text", "datatype": "BYTES", "shape": [-1]}]
    asked = {
        "id": "42",
        "inputs": [{"name": "text", "shape": [2, 1], "datatype": "BYTES", "data": [["物流很快"], ["b"]]}],
    }
    found = call("POST", "/v2/models/tiny/infer", asked).json
    here = load(one_head)(["物流很快", "b"])
    outputs = {one["name"]: one for one in found["outputs"]}
    assert {(one["name"], one["datatype"]) for one in about["outputs"]} == {
        (one["name"], one["datatype"]) for one in found["outputs"]
    }
    assert (found["id"], found["model_name"], found["model_version"]) == ("42", "tiny", about["versions"][0])
    assert outputs["情感"] == {"name": "情感", "datatype": "BYTES", "shape": [2], "data": [one.label for one in here]}
    assert outputs["情感.probability"]["data"] == pytest.approx([one.probability for one in here], abs=1e-6)
    every = outputs["情感.probabilities"]
    assert every["shape"] == [2, 2]
    assert every["data"] == pytest.approx(
        [float(p) for one in here for p in one.answers["情感"].probabilities], abs=1e-6
    )
    only = call("POST", "/v2/models/tiny/infer", {**asked, "outputs": [{"name": "tier"}]}).json["outputs"]
    assert [one["name"] for one in only] == ["tier"]


def test_pairs_are_two_tensors(calls, pairs):
    call = calls(pairs)
    two = [
        {"name": name, "shape": [1], "datatype": "BYTES", "data": [text]}
        for name, text in (("text_pair", "如何退货"), ("text", "怎么退货"))
    ]
    by_v1 = call("POST", "/v1/predict", {"pairs": [["怎么退货", "如何退货"]]}).json["predictions"][0]["同义"]
    outputs = {
        one["name"]: one["data"] for one in call("POST", "/v2/models/pairs/infer", {"inputs": two}).json["outputs"]
    }
    assert outputs["同义"] == [by_v1["label"]]
    assert outputs["同义.probability"] == [by_v1["probability"]]


@pytest.mark.parametrize(
    "change",
    [
        {"datatype": "FP32"}, {"name": "x"}, {"shape": [3]}, {"shape": [1, 2]}, {"shape": [0]}, {"shape": [2, -1]},
        {"data": [1, 2]}, {"data": ["a"]}, {"data": [["a", "b"]], "shape": [1, 2]}, {"shape": [10**30]}, {"shape": []},
    ],
    ids=str,
)  # fmt: skip
def test_odd_tensors_are_refused(call, change):
    tensor = {"name": "text", "shape": [2], "datatype": "BYTES", "data": ["a", "b"]}
    found = call("POST", "/v2/models/tiny/infer", {"inputs": [{**tensor, **change}]})
    assert found.status == 422
    assert isinstance(found.json["error"], str)


def test_binary_tensors_are_refused(call):
    found = call("POST", "/v2/models/tiny/infer", b"{}", headers={"inference-header-content-length": "2"})
    assert found.status == 400


def test_the_description_is_that_of_the_routes(call):
    found = call("GET", "/openapi.json").json
    assert found == describe(TABLE)
    described = {(method.upper(), path) for path, one in found["paths"].items() for method in one}
    assert described == {(way.method, way.path) for way in TABLE}
    routes = {route.path for route in call.app.routes}
    assert routes == set(found["paths"])
    assert len(routes) >= 15
    for path, operations in found["paths"].items():
        for operation in operations.values():
            assert (operation.get("security") == []) == (path in ("/healthz", "/readyz"))
            assert "200" in operation["responses"]
    assert json.dumps(found)


def test_the_page_shows_every_route_and_needs_nobody(call):
    found = call("GET", "/docs", headers={"accept-language": "zh-CN,zh"})
    page = found.body.decode()
    assert 'lang="zh-CN"' in page
    for way in TABLE:
        assert f"<code>{way.path}</code>" in page
    assert not re.search(r"https?://|<script|@import|url\(", page)
    assert "prefers-color-scheme:dark" in page
    assert 'lang="en"' in call("GET", "/docs").body.decode()


def test_a_body_of_many_names_of_which_one_comes_twice_is_refused_at_once(call):
    names = ",".join(f'"n{n}":1' for n in [*range(60_000), 59_999])
    assert call("POST", "/v1/predict", f"{{{names}}}".encode()).status == 400
