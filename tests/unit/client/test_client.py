"""The client gives what the bundle gives, asks again where that can do no harm, and shows its key to nobody."""

import json
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import luodi
from luodi.client import Refused, Unreachable
from luodi.errors import DataError, LuodiError, Overloaded, RecipeError, TooSlow

from .conftest import KEY, Service, refused, served

TEXTS = ["物流很快，包装完好", "", "🙂", "the soup was cold", "\ud800 half", "味道太慢"]


def hang_up(handler):
    handler.close_connection = True
    handler.connection.close()


def cut_short(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    hang_up(handler)


def rows_of(answers):
    """What answers say, less the last digit of their probabilities: it depends on the batch."""
    rows = [one.to_json() for one in answers]
    for row in rows:
        row["情感"]["probability"] = pytest.approx(row["情感"]["probability"], abs=2e-6)
    return rows


def n_connections(service):
    return len({address for *_, address in service.seen})


def test_it_answers_as_the_bundle_does(make_client, predict, service):
    answers = make_client().predict(TEXTS)
    assert [one.to_json() for one in answers] == rows_of(predict(TEXTS))
    assert [one.label for one in answers] == [one.label for one in predict(TEXTS)]
    assert [one.probability for one in answers] == pytest.approx([o.probability for o in predict(TEXTS)], abs=1e-6)
    assert [one.id for one in answers] == [f"r1-{place}" for place in range(len(TEXTS))]
    assert answers[0].stored


def test_nothing_asked_is_nothing_sent(make_client, service):
    assert make_client().predict([]) == []
    assert service.seen == []


def test_what_was_said_goes_along(make_client, service):
    make_client().predict(["a"], model="tiny", deadline_ms=60_000, store=False)
    asked = json.loads(service.seen[0][3])
    assert 0 < asked.pop("deadline_ms") <= 60_000
    assert asked == {"texts": ["a"], "model": "tiny", "store": False}


def test_pairs_go_as_pairs(make_client, service):
    rows = [{"id": "r-0", "like": {"label": "yes", "probability": 0.9, "score": 0.9}, "abstained": False, "tier": "m"}]
    service.script = [(200, {"predictions": rows}, {})]
    assert make_client().predict_pairs([("怎么退货", "如何退货")])[0].label == "yes"
    assert json.loads(service.seen[0][3]) == {"pairs": [["怎么退货", "如何退货"]]}


@pytest.mark.parametrize("wrong", [["a"], [("a",)], [("a", 1)], "ab"])
def test_what_is_no_pair_is_refused_here(make_client, service, wrong):
    with pytest.raises(DataError):
        make_client().predict_pairs(wrong)
    assert service.seen == []


@pytest.mark.parametrize("wrong", ["one text", [None], ["a", 3]])
def test_what_is_no_text_is_refused_here(make_client, service, wrong):
    with pytest.raises(DataError):
        make_client().predict(wrong)
    assert service.seen == []


def test_a_long_list_goes_in_portions_over_one_connection(make_client, predict, service):
    texts = [f"物流很快 {n}" for n in range(600)]
    assert [one.to_json() for one in make_client().predict(texts)] == rows_of(predict(texts))
    assert [len(json.loads(body)["texts"]) for *_, body, _ in service.seen] == [256, 256, 88]
    assert n_connections(service) == 1


def test_a_service_that_takes_less_gets_less_and_is_remembered(make_client, predict, service):
    service.most, client, texts = 100, make_client(), [f"味道很差 {n}" for n in range(300)]
    assert [one.to_json() for one in client.predict(texts)] == rows_of(predict(texts))
    service.seen.clear()
    client.predict(texts)
    assert max(len(json.loads(body)["texts"]) for *_, body, _ in service.seen) <= 100


def test_one_text_that_is_too_long_is_refused(make_client, service):
    service.most = 0
    with pytest.raises(DataError, match="too many texts"):
        make_client().predict(["a"])


def test_one_bad_text_spoils_no_other(make_client, predict):
    texts = ["物流", "poison", "味道"]
    with pytest.raises(DataError, match="row 2: this text cannot be read"):
        make_client().predict(texts)
    first, second, third = make_client().predict(texts, keep_errors=True)
    assert [first.to_json(), third.to_json()] == rows_of(predict(["物流", "味道"]))
    assert isinstance(second, DataError)


@pytest.mark.parametrize(("status", "code"), [(429, "overloaded"), (503, "draining")])
def test_a_full_service_is_asked_again_when_it_says(make_client, service, status, code):
    service.script = [refused(status, code, "later", {"Retry-After": "7"}), refused(status, code, "later")]
    client = make_client()
    assert len(client.predict(["a"])) == 1
    assert client.waits == [7.0, 0.2]


def test_a_service_that_stays_full_says_so(make_client, service):
    service.script = [refused(429, "overloaded", "later", {"Retry-After": "2"})] * 3
    client = make_client(retries=2)
    with pytest.raises(Overloaded, match="later") as raised:
        client.predict(["a"])
    assert raised.value.retry_after_s == 2
    assert client.waits == [2.0, 2.0]
    assert len(service.seen) == 3


def test_a_wait_that_is_too_long_is_not_waited(make_client, service):
    service.script = [refused(429, "overloaded", "later", {"Retry-After": "3600"})]
    client = make_client()
    with pytest.raises(Overloaded):
        client.predict(["a"])
    assert client.waits == []


def test_no_wait_goes_beyond_the_deadline(make_client, service):
    service.script = [refused(503, "draining", "later", {"Retry-After": "20"})]
    client = make_client()
    with pytest.raises(Overloaded):
        client.predict(["a"], deadline_ms=5000)
    assert client.waits == []


def test_a_passed_deadline_asks_nothing(make_client, service):
    with pytest.raises(TooSlow):
        make_client().predict(["a"], deadline_ms=0)
    assert service.seen == []


def test_feedback_goes_once_and_whole(make_client, service):
    client = make_client()
    client.feedback("r1-0", "正面", who="Li")
    client.feedback("r1-1", {"情感": "负面"})
    assert service.fed == [{"id": "r1-0", "label": "正面", "who": "Li"}, {"id": "r1-1", "labels": {"情感": "负面"}}]


@pytest.mark.parametrize("fault", [hang_up, cut_short])
def test_feedback_that_may_have_arrived_is_not_sent_again(make_client, service, fault):
    service.script = [fault]
    client = make_client()
    with pytest.raises(Unreachable, match="ended before an answer"):
        client.feedback("r1-0", "正面")
    assert len(service.seen) == 1


def test_feedback_that_was_turned_away_is_sent_again(make_client, service):
    service.script = [refused(503, "draining", "later")]
    make_client().feedback("r1-0", "正面")
    assert len(service.fed) == 1


@pytest.mark.parametrize("fault", [hang_up, cut_short])
def test_a_question_whose_answer_was_lost_is_asked_again(make_client, service, fault):
    service.script = [fault]
    assert len(make_client().predict(["a"])) == 1
    assert len(service.seen) == 2


def test_an_answer_that_does_not_come_is_not_waited_for_twice(make_client, service):
    done = threading.Event()
    service.script = [lambda handler: done.wait(20)]
    with pytest.raises(TooSlow):
        make_client(timeout_s=0.2).predict(["a"])
    assert len(service.seen) == 1
    done.set()


def test_an_answer_that_drips_is_not_waited_for_without_end(make_client, service):
    done = threading.Event()

    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not done.wait(0.02):
            handler.wfile.write(b" ")

    service.script = [drip]
    with pytest.raises(TooSlow):
        make_client(timeout_s=0.3).predict(["a"])
    done.set()


def test_a_deadline_counts_on_a_connection_that_was_open_before(make_client, service):
    client = make_client(timeout_s=60)
    client.predict(["a"])
    gone, answered_late = threading.Event(), queue.Queue()

    def stall(handler):
        answered_late.put(not gone.wait(20))
        hang_up(handler)

    service.script = [stall]
    with pytest.raises(TooSlow):
        client.predict(["a"], deadline_ms=200)
    gone.set()
    assert answered_late.get(timeout=30) is False


def test_a_connection_that_the_service_closed_is_not_used_again(make_client, service):
    client = make_client(retries=0)
    client.feedback("r1-0", "a")
    service.script = [lambda handler: (handler.say(200, {}), hang_up(handler))]
    client.feedback("r1-0", "b")
    while client._line._idle and client._line._kept() is not None:  # until its end has come here
        time.sleep(0.01)
    client.feedback("r1-0", "c")
    assert [one["label"] for one in service.fed] == ["a", "c"]
    assert n_connections(service) == 2


def test_where_nobody_listens_it_says_where(make_client):
    with served(Service(None)) as port:
        pass
    client = make_client(f"http://127.0.0.1:{port}", retries=2)
    with pytest.raises(Unreachable, match=f"no service answers at http://127.0.0.1:{port}"):
        client.predict(["a"])
    assert len(client.waits) == 2
    assert not client.ready()


def test_models_and_readiness(make_client, service):
    client = make_client()
    assert client.models() == [{"name": "tiny"}]
    assert client.model("物") == {"name": "物"}
    assert client.ready()
    service.script = [refused(503, "draining", "leaving")]
    assert not client.ready()
    with pytest.raises(DataError, match="did you mean tiny"):
        client.model("../x")
    assert service.seen[-1][1] == "/v1/models/..%2Fx"


def test_many_threads_share_a_client(make_client, predict, service):
    client, texts = make_client(), [f"服务很好 {n}" for n in range(60)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda text: client.predict([text])[0].to_json(), texts))
    assert answers == rows_of(predict(texts))
    assert n_connections(service) <= 6


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, DataError), (401, Refused), (403, Refused), (404, DataError), (422, DataError), (504, TooSlow),
     (500, LuodiError), (405, LuodiError), (302, LuodiError), (418, LuodiError)],
)  # fmt: skip
def test_errors_come_back_as_their_class_and_are_not_asked_again(make_client, service, status, kind):
    service.script = [refused(status, "x", "said\x1b[2J so", {"Location": "http://127.0.0.1:1/"}, found="f", fix="x")]
    with pytest.raises(LuodiError) as raised:
        make_client().predict(["a"])
    assert type(raised.value) is kind
    assert raised.value.http_status == status or status == 302
    assert "\x1b" not in str(raised.value)
    assert len(service.seen) == 1


@pytest.mark.parametrize("said", [b"", b"<html>", b"[]", b'{"predictions": []}', b'{"predictions": [1]}',
                                  b'{"predictions": [{"x": {}}]}', b"[" * 100_000])  # fmt: skip
def test_what_is_no_answer_is_named(make_client, service, said):
    service.script = [(200, said, {})]
    with pytest.raises(LuodiError, match="no answer of a luodi service"):
        make_client().predict(["a"])


@pytest.mark.parametrize("said", [b"", b"<html>bad gateway", b"[1]", b'{"error": "x"}'])
def test_an_error_of_something_in_between_is_named(make_client, service, said):
    service.script = [(502, said, {"X-Request-ID": "r7"})]
    with pytest.raises(LuodiError, match="HTTP 502") as raised:
        make_client().predict(["a"])
    assert "r7" in str(raised.value)


def test_the_key_opens_and_never_shows(make_client, service):
    service.key = KEY
    client = make_client(service.url, KEY)
    assert len(client.predict(["a"])) == 1
    service.script = [refused(403, "forbidden", f"not with Bearer {KEY}", found=KEY)]
    with pytest.raises(Refused) as raised:
        client.models()
    shown = [repr(client), str(raised.value), repr(raised.value), repr(client._asker), repr(client._line.address)]
    assert not [one for one in shown if "kkk" in one]
    with pytest.raises(Refused, match="no such key"):
        make_client().models()


def test_a_key_is_not_sent_on(make_client, service):
    with served(Service(None)) as port:
        service.script = [(307, {}, {"Location": f"http://127.0.0.1:{port}/v1/models"})]
        with pytest.raises(LuodiError, match="another address"):
            make_client(service.url, KEY).models()
    assert len(service.seen) == 1


@pytest.mark.parametrize("key", ["", "luodi_a\r\nX: y", "luodi_é", "luodi_secret "])
def test_a_key_with_strange_signs_is_refused_unseen(service, key):
    with pytest.raises(RecipeError) as raised:
        luodi.Client(service.url, key)
    assert "luodi_" not in str(raised.value)


@pytest.mark.parametrize("given", [{"timeout_s": 0}, {"retries": -1}, {"timeout_s": float("nan")}])
def test_what_makes_no_sense_is_refused(service, given):
    with pytest.raises(RecipeError):
        luodi.Client(service.url, **given)
