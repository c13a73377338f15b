"""A finished run as a server: what it answers, whom it refuses, and that it stays up."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import socket
import threading

import pytest
import uvicorn

from benchmarks.serving import ask_all
from core.cli.serving import listen
from core.jobs.base import run_job
from core.modalities import get_modality
from core.runs.folder import RunFolder
from core.serve import app as module
from core.serve import patience, questions
from core.serve.asking import ways_to_ask
from core.workspace import Workspace
from tests.conftest import install_tiny_models
from tests.core.serve.serving import finished, form, running, served
from tests.core.serve.test_gathering import ended, until
from tests.core.serve.test_gathering import run as run_in_a_thread
from tests.helpers import png, row_dataset, run_apart, trained

BLACK, YELLOW = png((0, 0, 0), (32, 32)), png((255, 255, 0), (32, 32))
RIDES = ["bus late stop driver", "pizza menu lunch", "museum zoo ticket friday"]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """One server for many tests: whatever it is asked, it answers the next one."""
    workspace = Workspace(tmp_path_factory.mktemp("served"))
    with pytest.MonkeyPatch.context() as patch:
        install_tiny_models(patch)
        patch.setattr("os.fsync", lambda fd: None)
        run = finished(workspace, "image")
        with running(served(run, workspace)) as client:
            client.run, client.home = run, str(workspace.root)
            yield client


def same(answers, lines):
    """Whether a server and `predict --json` say the same, but for what they call the inputs."""
    for answer, line in zip(answers, map(json.loads, lines), strict=True):
        assert list(answer) == list(line)
        assert answer["label"] == line["label"]
        assert answer["probabilities"] == pytest.approx(line["probabilities"], abs=1e-6)
        assert {k: v for k, v in answer.items() if k == "none"} == {k: v for k, v in line.items() if k == "none"}


def test_answers_are_not_held_back():
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        connection, _ = listening.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_picture_in_every_way_has_the_answer_of_the_command_line(pictures, cli, tmp_path, monkeypatch):
    monkeypatch.setenv("FINETUNE_LAB_HOME", pictures.home)
    files = {"black.png": BLACK, "yellow.png": YELLOW}
    for name, raw in files.items():
        (tmp_path / name).write_bytes(raw)
    paths = [tmp_path / name for name in files]
    for query, flags in (
        ("", ()),
        ("?none_below=usual", ("--none-below", "usual")),
        ("?none_below=0.9", ("--none-below", "0.9")),
    ):
        lines = cli("predict", pictures.run.id, *paths, "--json", *flags)[1]
        body, what = form(*files.items())
        status, many = pictures.ask(f"/predict{query}", body, Content_Type=what)
        assert (status, [one["input"] for one in many["answers"]]) == (200, list(files))
        same(many["answers"], lines)
        coded = [base64.b64encode(BLACK).decode(), "data:image/png;base64," + base64.b64encode(YELLOW).decode()]
        listed = pictures.ask(f"/predict{query}", {"inputs": coded})[1]["answers"]
        assert [one["input"] for one in listed] == [0, 1]
        same(listed, lines)
        for sent in ({}, {"Content_Type": "application/x-www-form-urlencoded"}, {"Content_Type": "image/png"}):
            status, one = pictures.ask(f"/predict{query}", YELLOW, **sent)
            assert status == 200
            same([one], lines[1:])


def test_messages_have_the_answers_of_the_command_line_and_added_classes_are_among_them(workspace, tiny_models, cli):
    run = finished(workspace, "text")
    taught = {"run": run.id, "label": "sport \U0001f642", "inputs": ["goal football"], "names": ["n"]}
    run_job(RunFolder.create(workspace.jobs, "teach", "T", taught), workspace, lambda: False)
    given = [*RIDES, "goal football", "  "]
    lines = cli("predict", run.id, *given[:4], "--json")[1]
    with running(served(run, workspace)) as client:
        status, many = client.ask(body={"inputs": given})
        assert status == 200
        assert many["answers"].pop() == {"input": "  ", "error": "The message is empty."}
        assert [one["input"] for one in many["answers"]] == given[:4]
        same(many["answers"], lines)
        assert many["answers"][3]["label"] == "sport \U0001f642"
        same([client.ask(body=RIDES[0].encode())[1]], lines[:1])
        assert client.ask("/health")[1]["added"] == ["sport \U0001f642"]


JSON, FORM = {"Content_Type": "application/json"}, {"Content_Type": "multipart/form-data"}
BAD = [
    ("/predict", b"<html>", {}, 400, "not a picture"),
    ("/predict", b"", {}, 400, "has no body"),
    ("/predict", b"{", JSON, 400, "not JSON"),
    ("/predict", b"[" * 100_000, JSON, 400, "not JSON"),
    ("/predict", {"inputs": []}, {}, 400, "not a list of inputs"),
    ("/predict", {"inputs": [1]}, {}, 400, "not a list of inputs"),
    ("/predict", {"input": "x"}, {}, 400, "not a list of inputs"),
    ("/predict", {"inputs": ["x"] * 6}, {}, 413, "more than 5 inputs"),
    ("/predict", b"x" * 200_001, {}, 413, "larger than 0.2 MB"),
    ("/predict", b"--a--\r\n", {"Content_Type": "multipart/form-data; boundary=a"}, 400, "no file"),
    ("/predict", b"abc", FORM, 400, "cannot be read"),
    ("/predict?none_below=2", BLACK, {}, 400, "between 0 and 1"),
    ("/predict?none_below=nan", BLACK, {}, 400, "between 0 and 1"),
    ("/predict?nonebelow=usual", BLACK, {}, 400, "no parameter nonebelow"),
    ("/predict", None, {}, 405, "nothing at GET /predict"),
    ("/gone", None, {}, 404, "nothing at GET /gone"),
]


def test_bad_input_is_one_sentence_and_the_next_question_is_answered(pictures):
    for path, body, headers, status, said in BAD:
        found, answer = pictures.ask(path, body, **headers)
        assert (found, list(answer)) == (status, ["error"]), said
        assert said in answer["error"]
        assert pictures.ask(body=BLACK)[0] == 200


def test_among_many_an_unreadable_one_is_an_entry(pictures):
    status, many = pictures.ask(
        body={"inputs": ["?", base64.b64encode(b"<html>").decode(), base64.b64encode(BLACK).decode()]}
    )
    assert status == 200
    assert ["error" in one for one in many["answers"]] == [True, True, False]
    body, what = form(*((f"{n}.png", BLACK) for n in range(6)))
    assert pictures.ask(body=body, Content_Type=what)[0] == 413


def test_a_request_that_never_comes_to_its_end_is_closed(pictures, monkeypatch):
    monkeypatch.setattr(questions, "_PATIENCE", 0.05)
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.05)
    head = b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n"
    for sent, status in ((b"", b""), (head, b""), (head + b"\r\nhalf", b"HTTP/1.1 408 ")):
        with socket.create_connection(("127.0.0.1", pictures.port), timeout=60) as raw:
            raw.sendall(sent)
            with raw.makefile("rb") as answer:
                assert answer.readline().startswith(status)
                assert len(answer.read()) < 1000  # to its end: the connection is closed


def test_a_body_without_a_length_is_counted(pictures):
    with socket.create_connection(("127.0.0.1", pictures.port), timeout=60) as raw:
        raw.sendall(b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        raw.sendall(chunk * 4)
        assert b" 413 " in raw.recv(200)
    assert pictures.ask(body=BLACK)[0] == 200


def test_foreign_names_and_pages_are_refused_and_languages_are_spoken(pictures, monkeypatch):
    assert pictures.ask("/health", Host="evil.example")[0] == 403
    assert pictures.ask(body=BLACK, Origin="http://evil.example")[0] == 403
    assert "--allowed-host" in pictures.ask("/", Host="evil.example")[1]
    monkeypatch.setenv("FINETUNE_LAB_PSEUDO", "1")
    assert pictures.ask(body=b"x", Accept_Language="en-XA")[1]["error"].startswith("\u27e6")


def test_requests_at_the_same_time_are_answered_together(workspace, tiny_models, monkeypatch):
    """Twenty at a time, none fails, each gets its own answer, and the network is asked about several at once. The long
    form is `python -m benchmarks.serving`."""
    lots = []
    answers_to = module.answers_to
    monkeypatch.setattr(module, "answers_to", lambda model, given: lots.append(len(given)) or answers_to(model, given))
    texts = [f"{RIDES[n % 3]} n{n}" for n in range(200)]
    about = served(finished(workspace, "text"), workspace)
    expected = {n: one["label"] for n, one in enumerate(answers_to(about.model, texts))}
    with running(about) as client:
        load = run_apart(ask_all(client.port, [text.encode() for text in texts], 20))
    assert load.failed == 0
    assert load.labels == expected
    assert sum(lots) == 200
    assert max(lots) > 1


def test_a_long_request_lets_others_in_and_goes_when_who_asked_has_gone(workspace, tiny_models, monkeypatch):
    about, lots, go, left = served(finished(workspace, "text"), workspace), [], threading.Event(), asyncio.Event()
    answers_to = module.answers_to

    def held(model, given):
        lots.append(list(given))
        assert go.wait(60)
        return answers_to(model, given)

    class Asker:
        async def receive(self):
            await left.wait()
            return {"type": "http.disconnect"}

    async def asking():
        server = module._Server(about)
        work = asyncio.create_task(server._gatherer.work())

        def asked(name, n):
            given = [questions.Input(name, name.encode())] * n
            return server._answers(questions.Question(given, False), None)

        stays = asyncio.create_task(asked("stays", 40))
        await until(lambda: lots)
        gone = asyncio.create_task(questions.unless_gone(Asker(), asked("gone", 40)))
        short = asyncio.create_task(asked("short", 1))
        await until(lambda: len(server._gatherer._waiting) == module._LOT + 1)
        left.set()
        assert await gone is None
        go.set()
        assert (len(await short), len(await stays)) == (1, 40)
        await ended(work)

    monkeypatch.setattr(module, "answers_to", held)
    run_in_a_thread(asking)
    assert lots == [["stays"] * 8, ["short"], *[["stays"] * 8] * 4]


def test_what_is_no_message_is_refused_and_any_text_is_one(workspace, tiny_models):
    table = b"id,text\n1,bus late\n2,pizza\n"
    with running(served(finished(workspace, "text"), workspace)) as client:
        for name, raw, said in (
            ("a.png", BLACK, "not a text"), ("a.csv", b"x", "It is a table"), ("a.txt", table, "It is a table"),
        ):  # fmt: skip
            body, what = form((name, raw))
            status, answer = client.ask(body=body, Content_Type=what)
            assert (status, said in answer["error"]) == (400, True)
        for raw, headers, said in (
            (BLACK, {}, "not a text"), (table, {}, "It is a table"), (b"x", {"Content_Type": "text/csv"}, "a table"),
        ):  # fmt: skip
            status, answer = client.ask(body=raw, **headers)
            assert (status, said in answer["error"]) == (400, True)
        assert client.ask(body=b'{"inputs": ["\\ud800 bus"]}', **JSON)[1]["answers"][0]["input"] == "? bus"
        for raw in ("caf\u00e9 bus".encode("utf-16"), "caf\u00e9 bus".encode("cp1252"), "caf\u00e9 bus".encode()):
            assert client.ask(body=raw)[1]["input"] == "caf\u00e9 bus"
        status, answer = client.ask("/predict?none_below=usual", b"bus, text,\nlate")
        assert (status, answer["similarity"]) == (200, answer["likeness"])


def test_an_error_nobody_foresaw_is_told_and_the_server_stays_up(workspace, tiny_models, monkeypatch, capsys):
    about = served(finished(workspace, "text"), workspace)
    answers_to = module.answers_to

    def fails_once(model, given):
        monkeypatch.setattr(module, "answers_to", answers_to)
        raise RuntimeError("planted")

    monkeypatch.setattr(module, "answers_to", fails_once)
    with running(about) as client:
        assert client.ask(body=b"bus") == (500, {"error": "Something went wrong inside the program."})
        assert client.ask(body=b"bus")[0] == 200


def test_where_there_is_no_room_it_says_so(workspace, tiny_models, monkeypatch):
    monkeypatch.setattr(module, "_MOST_HELD", 1000)
    with running(served(finished(workspace, "text"), workspace)) as client:
        assert client.ask(body=b"x" * 1001)[0] == 503
        assert client.ask(body=b"x" * 1000)[0] == 200
        assert client.ask(body=b"x" * 1000)[0] == 200  # what was held is free again


def test_the_pages_show_what_strangers_wrote_and_fetch_nothing_from_elsewhere(pictures):
    status, page = pictures.ask("/")
    assert status == 200
    assert "My &lt;b&gt;run&lt;/b&gt;" in page and "<b>run" not in page
    assert f"curl --data-binary @picture.jpg http://127.0.0.1:{pictures.port}/predict" in page
    for path in ("/", "/docs", "/page.js"):
        status, text = pictures.ask(path)
        assert status == 200
        assert {host.split("/")[0] for host in re.findall(r"https?://([^\s\"'<]+)", text)} <= {
            f"127.0.0.1:{pictures.port}"
        }
    assert "POST /predict" in pictures.ask("/docs")[1]


def test_the_openapi_document_describes_every_answer(pictures):
    status, api = pictures.ask("/openapi.json")
    assert (status, api["openapi"]) == (200, "3.1.0")
    known = api["components"]["schemas"]["Answer"]["properties"]
    assert set(pictures.ask("/predict?none_below=usual", BLACK)[1]) <= set(known)
    assert set(pictures.ask(body={"inputs": ["?"]})[1]["answers"][0]) <= set(known)
    refs = re.findall(r"#/components/schemas/(\w+)", json.dumps(api))
    assert set(refs) == set(api["components"]["schemas"])
    assert set(api["paths"]["/predict"]["post"]["responses"]) == {"200", "400", "408", "413", "503"}
    assert set(api["paths"]) <= {"/predict", "/health"}


def test_the_lines_to_copy_work(pictures, tmp_path, monkeypatch, capsys):
    """The Python lines are run as they are."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "picture.jpg").write_bytes(BLACK)
    exec(ways_to_ask(get_modality("image"), f"http://127.0.0.1:{pictures.port}").python, {})
    assert capsys.readouterr().out.startswith("dark {")


# --- the verb --------------------------------------------------------------------------------------------------------


def test_what_cannot_be_served_is_one_paragraph(workspace, tiny_models, cli):
    run = finished(workspace, "text").id
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for arguments, said in (
            (["nosuchrun"], "nosuchrun"),
            ([run, "--port", 70_000], "between 0 and 65,535"),
            ([run, "--port", taken.getsockname()[1]], "Another program listens"),
            ([run, "--host", "192.0.2.1", "--port", 0], "no address of this computer"),
            ([run, "--most-inputs", 0], "whole number above 0"),
            ([run, "--none-below", 2], "between 0 and 1"),
        ):
            status, lines, err = cli("serve", *arguments)
            assert (status, lines) == (2, [])
            assert said in err
            assert "Traceback" not in err


def test_a_run_that_is_unfinished_or_damaged_is_not_served(workspace, tiny_models, cli):
    run = finished(workspace, "text")
    weights = run.path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    status, _, err = cli("serve", run.id, "--port", 0)
    assert (status, "its checksum is wrong" in err, "Traceback" in err) == (2, True, False)
    unfinished = RunFolder.create(workspace.runs, "train", "T", run.request)
    status, _, err = cli("serve", unfinished.id, "--port", 0)
    assert (status, "has no finished model" in err) == (2, True)


def test_the_verb_says_where_and_for_whom(workspace, tiny_models, cli, monkeypatch):
    seen = []
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: seen.append(self.config.app))
    run = finished(workspace, "text")
    status, lines, err = cli("serve", run.id, "--port", "0")
    assert (status, err) == (0, "")
    assert re.fullmatch(r"Serving on http://127\.0\.0\.1:\d+\. Ctrl\+C ends it\.", lines[-1])
    status, lines, err = cli(
        "serve", run.id, "--host", "0.0.0.0", "--port", "0", "--allowed-host", "lab.example", "--json"
    )
    about = json.loads(lines[-1])
    assert about["hosts"] == ["127.0.0.1", "localhost", "::1", "lab.example"]
    assert about["classes"] == ["bus", "lunch", "trip"]
    assert len(seen) == 2


def test_a_row_is_an_object(workspace):
    run = trained(workspace, row_dataset(workspace), model="table-columns", title="Rows")
    row, other = {"petal": 2, "colour": "white", "leaf": None}, {"petal": "6.1", "day": 3.5}
    with running(served(run, workspace)) as client:
        alone, several = client.ask(body=row), client.ask(body={"inputs": [row, other]})
        wrong, nested = client.ask(body={"inputs": ["x"]}), client.ask(body={"petal": [1]})
        foreign, mixed = client.ask(body={"age": 3}), client.ask(body={"inputs": [{"age": 3}, row]})
        whole = {"petal": 6.1, "colour": "white", "leaf": "", "day": ""}
        comma, point, far = (client.ask(body={**whole, "petal": petal})[1] for petal in ("6,1", "6.1", "1e30"))
        odd, lacking = (
            client.ask(body={**whole, "petal": "big", "colour": "mauve"})[1],
            client.ask(body={"petal": 2})[1],
        )
    assert alone[0] == 200 and alone[1]["label"] == "aster"
    assert [one["label"] for one in several[1]["answers"]] == ["aster", "rose"]
    assert wrong[0] == 400 and "inputs" in wrong[1]["error"]
    assert nested[0] == 400
    assert foreign[0] == 400 and "needs the columns 'petal'" in foreign[1]["error"]
    assert "needs the columns" in mixed[1]["answers"][0]["error"] and mixed[1]["answers"][1]["label"] == "aster"
    assert comma["probabilities"] == pytest.approx(point["probabilities"]) and "note" not in point
    assert "petal is 1e30" in far["note"]
    assert "missing: petal is big" in odd["note"] and "nothing: colour is mauve" in odd["note"]
    assert lacking["note"].startswith("Not given, and counts as missing: 'leaf', 'colour'")
    assert '"age": 22' in ways_to_ask(get_modality("table")).curl
