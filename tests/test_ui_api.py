"""What programs are offered: the HTTP API through gradio's own client, the MCP server through the official one."""

import asyncio
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from typing import Any

import anyio
import httpx2
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError, AuthenticationError
from mcp.client.client import Client as McpClient
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from index.errors import UserError
from index.settings import ROOT
from rag.types import Answer, Turn
from tests.serving_ui import serving
from tests.standins_ui import StandInAssistant, seed_library, stand_in
from ui.api import ENDPOINTS, Api, within
from ui.assistant import OUR_FAULT, Opening
from ui.chat import Desk
from ui.conversations import Conversations

pytestmark = pytest.mark.xdist_group("page")

BOATS = "How many boats has the lighthouse keeper counted?"
TROOPS = "How many troops did the Pentagon announce it was sending to Poland?"
KEYS = ["question", "standalone", "refused", "answer", "sentences", "citations", "passages", "seconds"]
LOGIN = [("ann", "secret"), ("bob", "other")]
Json = dict[str, Any]


class OneAtATime(StandInAssistant):
    """Counts how many answers are in the making at once."""

    def __init__(self) -> None:
        super().__init__(seed_library(), pause=0.01)
        self._lock, self._now, self.most = Lock(), 0, 0

    def answer(
        self, question: str, history: Sequence[Turn] = (), within: Collection[str] | None = None
    ) -> Iterator[Answer]:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            yield from super().answer(question, history, within)
        finally:
            with self._lock:
                self._now -= 1


@pytest.fixture(scope="module")
def assistant() -> OneAtATime:
    return OneAtATime()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def url(assistant: OneAtATime, home: Path) -> Iterator[str]:
    with serving(lambda: assistant, home, mcp=True) as address:
        yield address


@pytest.fixture(scope="module")
def client(url: str) -> Client:
    return Client(url, verbose=False, analytics_enabled=False)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page that one has to log in to."""
    with serving(stand_in, tmp_path_factory.mktemp("guarded"), LOGIN, mcp=True) as address:
        yield address


def posted(url: str, body: Any, **headers: str) -> tuple[int, str]:
    sent = {"Content-Type": "application/json", "Accept": "application/json"} | headers
    request = urllib.request.Request(url, json.dumps(body).encode(), sent)
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def mcp(url: str, *calls: tuple[str, Json], mode: str = "legacy", auth: tuple[str, str] | None = None) -> list[Any]:
    """The names of the tools, then what each call gave: its JSON, or the line that it was refused with."""

    async def session() -> list[Any]:
        async with (
            httpx2.AsyncClient(auth=auth, timeout=120) as http,
            McpClient(streamable_http_client(url + "mcp", http_client=http), mode=mode) as server,
        ):
            seen: list[Any] = [[tool.name for tool in (await server.list_tools()).tools]]
            for name, given in calls:
                result = await server.call_tool(name, given)
                (content,) = result.content
                if not result.is_error:
                    assert json.loads(content.text) == result.structured_content
                seen.append(content.text if result.is_error else result.structured_content)
            return seen

    return asyncio.run(session())


def timeless(answer: Json) -> Json:
    return {key: value for key, value in answer.items() if key != "seconds"}


def test_only_what_is_offered_is_listed_and_told_of(url: str, client: Client) -> None:
    listed = client.view_api(return_format="dict")
    assert list(listed["named_endpoints"]) == ["/ask", "/search", "/documents"]
    assert listed["unnamed_endpoints"] == {}
    for name, endpoint in ENDPOINTS.items():
        told = listed["named_endpoints"][f"/{name}"]
        assert told["description"] == endpoint.about
        assert [parameter["parameter_name"] for parameter in told["parameters"]] == list(endpoint.takes)


@pytest.mark.parametrize("route", ["run", "api", "call", "call/v2", "run/"])
@pytest.mark.parametrize("name", ["refreshed", "ready", "asked", "nothing_at_all"])
def test_no_handler_of_the_page_can_be_called_by_its_name(url: str, route: str, name: str) -> None:
    status, said = posted(f"{url}gradio_api/{route}/{name}", {"data": []})
    assert (status, "no such endpoint" in said) == (404, True)


def test_ask_gives_the_documented_object(client: Client, assistant: OneAtATime) -> None:
    answer = client.predict(BOATS, api_name="/ask")
    *_, last = assistant.answer(BOATS)
    assert list(answer) == KEYS
    assert answer == json.loads(json.dumps(last.to_json()))
    assert "forty" in answer["answer"]


def test_documents_limit_where_is_looked_and_history_is_heard(client: Client, assistant: OneAtATime) -> None:
    article, harbour = assistant.library.documents()
    assert client.predict(BOATS, [article.sources[0]], api_name="/ask")["refused"]
    assert not client.predict(BOATS, [harbour.id], api_name="/ask")["refused"]
    history = [{"role": "user", "text": TROOPS}, {"role": "assistant", "text": "3,000"}]
    followed = client.predict(question="Sent to whom?", history=history, api_name="/ask")
    assert followed["standalone"].startswith("How many troops")


def test_tags_limit_where_is_looked_too_and_are_listed(client: Client, url: str, assistant: OneAtATime) -> None:
    article, harbour = assistant.library.documents()
    assistant.library.tag([article.id], ["News", "all"])
    assistant.library.tag([harbour.id], ["harbour", "All"])
    try:
        assert [info["tags"] for info in client.predict(api_name="/documents")["documents"]] == [
            ["all", "News"],
            ["all", "harbour"],
        ]
        assert client.predict(BOATS, tags=["NEWS"], api_name="/ask")["refused"]
        assert not client.predict(BOATS, tags=["news", "harbour"], api_name="/ask")["refused"]
        assert client.predict(BOATS, [article.id], tags=["all"], api_name="/ask")["refused"], "those in both"
        _, asked, found = mcp(
            url,
            ("ask", {"question": BOATS, "tags": ["news"]}),
            ("search", {"query": "the", "tags": ["harbour"], "k": 50}),
        )
        assert asked["refused"] and {hit["document"] for hit in found["hits"]} == {harbour.id}
        assert client.predict("the", k=50, tags=["harbour"], api_name="/search") == found
        for given, told in (
            ({"tags": ["papers"]}, "no document has the tag 'papers'; there are: all, harbour, News"),
            ({"tags": []}, "tags is empty; leave it out to look in all"),
            ({"tags": "news"}, "tags is not what search takes: a list"),
            ({"tags": ["news"], "documents": [harbour.id]}, "none of these documents has the tag 'News'"),
        ):
            assert mcp(url, ("search", {"query": "the"} | given))[1] == told
    finally:
        assistant.library.tag([article.id, harbour.id], remove=["news", "harbour", "all"])


def test_search_and_documents_give_what_the_command_line_prints(client: Client, assistant: OneAtATime) -> None:
    sentences = client.predict("lighthouse keeper", k=2, api_name="/search")["hits"]
    (passage,) = client.predict("lighthouse keeper", 1, "passage", api_name="/search")["hits"]
    assert len(sentences) == 2
    assert list(sentences[0]) == list(passage) == ["document", "source", "page", "start", "end", "score", "text"]
    assert len(passage["text"]) > len(sentences[0]["text"])
    infos = [vars(info) for info in assistant.library.documents()]
    assert client.predict(api_name="/documents") == {"documents": json.loads(json.dumps(infos))}


def test_plain_http(url: str) -> None:
    status, said = posted(f"{url}gradio_api/run/ask", {"data": [BOATS, None, None, None]})
    assert status == 200
    assert list(json.loads(said)["data"][0]) == KEYS
    status, said = posted(f"{url}gradio_api/run/ask", {"data": ["?", ["nowhere.pdf"], None, None]})
    assert status == 500
    assert "nowhere.pdf" in json.loads(said)["error"]


MISTAKES = [
    ("ask", {"question": " "}, "question"),
    ("ask", {"question": BOATS, "documents": ["nowhere.pdf"]}, "nowhere.pdf"),
    ("ask", {"question": BOATS, "documents": []}, "leave it out"),
    ("ask", {"question": BOATS, "documents": "harbour"}, "a list"),
    ("ask", {"question": BOATS, "history": [{"role": "system", "text": "x"}]}, "role"),
    ("ask", {"question": BOATS, "history": [{"role": "user"}]}, "no text"),
    ("ask", {"question": BOATS, "history": ["x"]}, "objects"),
    ("search", {"query": "x", "k": 0}, "from 1 to 100"),
    ("search", {"query": "x", "k": True}, "from 1 to 100"),
    ("search", {"query": "x", "unit": "page"}, "sentence or passage"),
]


@pytest.mark.parametrize(("name", "given", "part"), MISTAKES)
def test_mistakes_are_one_clear_line(client: Client, url: str, name: str, given: Json, part: str) -> None:
    with pytest.raises(AppError) as refused:
        client.predict(**given, api_name=f"/{name}")
    _, said = mcp(url, (name, given))
    assert said == str(refused.value)
    assert part in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("name", "given", "part"),
    [
        ("ask", {}, "needs question"),
        ("ask", {"q": BOATS}, "not q"),
        ("documents", {"k": 1}, "nothing"),
        ("x", {}, "no 'x'"),
    ],
)
def test_tools_take_what_they_say_they_take(url: str, name: str, given: Json, part: str) -> None:
    assert part in mcp(url, (name, given))[1]


@pytest.mark.parametrize("mode", ["legacy", "auto"])  # with the handshake of earlier protocols, and without
def test_the_mcp_server_answers_with_the_same(url: str, client: Client, mode: str) -> None:
    calls = [("ask", {"question": BOATS}), ("search", {"query": "lighthouse", "k": 1}), ("documents", {})]
    names, answer, found, documents = mcp(url, *calls, mode=mode)
    assert names == list(ENDPOINTS)
    assert answer == client.predict(BOATS, api_name="/ask")
    assert found == client.predict("lighthouse", 1, api_name="/search")
    assert documents == client.predict(api_name="/documents")


def test_one_question_at_a_time_and_no_conversation_of_the_page(
    url: str, client: Client, assistant: OneAtATime, home: Path
) -> None:
    assistant.most = 0
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(client.predict, TROOPS, api_name="/ask") for _ in range(2)]
        asked += [pool.submit(mcp, url, ("ask", {"question": BOATS})) for _ in range(2)]
        answers = [one.result() for one in asked]
    assert [(a if isinstance(a, dict) else a[1])["question"] for a in answers] == [TROOPS, TROOPS, BOATS, BOATS]
    assert assistant.most == 1
    assert Conversations(home).talks("") == []


def test_who_asks_the_page_is_told_that_a_program_is_being_answered() -> None:
    desk, begun, go_on = Desk(), Event(), Event()

    class Waiting(StandInAssistant):
        def answer(self, *given: Any) -> Iterator[Answer]:
            begun.set()
            go_on.wait(10)
            return super().answer(*given)

    api = Api(Opening(lambda: Waiting(seed_library())), desk)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(anyio.run, api.call, "ask", {"question": BOATS})
        assert begun.wait(10)
        assert desk.busy_before(desk.enter())
        go_on.set()
        assert not asked.result()["refused"]
    desk = Desk()
    assert not desk.busy_before(desk.enter())


def test_who_gives_up_stops_the_model() -> None:
    slow = stand_in(pause=0.2)
    api = Api(Opening(lambda: slow), Desk())

    async def impatient() -> None:
        with anyio.move_on_after(1.0):
            await api.call("ask", {"question": TROOPS})
        with anyio.fail_after(5):
            while not slow.closed:
                await anyio.sleep(0.05)

    anyio.run(impatient)
    assert slow.closed == 1


def test_what_is_our_fault_is_told_without_its_insides() -> None:
    class Broken(StandInAssistant):
        def answer(self, *given: Any) -> Iterator[Answer]:
            raise RuntimeError("secret insides")

    api = Api(Opening(lambda: Broken(seed_library())), Desk())
    with pytest.raises(UserError, match=OUR_FAULT):
        anyio.run(api.call, "ask", {"question": BOATS})


def test_documents_are_found_by_name_and_id() -> None:
    library = seed_library()
    article, harbour = library.documents()
    assert within(library, None) is None
    assert within(library, ["harbour <ledger>.pdf", harbour.id, article.id]) == [harbour.id, article.id]
    with pytest.raises(UserError, match=r"'\.\./x'"):
        within(library, ["../x"])


def test_without_the_flag_there_is_no_mcp_server(tmp_path: Path) -> None:
    with serving(stand_in, tmp_path) as address:
        assert posted(address + "mcp", {})[0] in {404, 405}


@pytest.mark.parametrize("route", ["mcp", "gradio_api/run/ask", "gradio_api/call/ask"])
@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
def test_other_names_and_other_sites_are_not_answered(url: str, route: str, headers: dict[str, str]) -> None:
    assert posted(url + route, {"data": [BOATS, None, None, None]}, **headers)[0] == 421


def test_with_a_login_programs_need_it_too(guarded: str) -> None:
    for route in ("run/ask", "call/ask", "call/v2/ask", "api/documents", "queue/join"):
        assert posted(f"{guarded}gradio_api/{route}", {"data": []})[0] == 401, route
    with pytest.raises(AuthenticationError):
        Client(guarded, verbose=False, analytics_enabled=False)
    with pytest.raises(ValueError, match="login"):
        Client(guarded, verbose=False, analytics_enabled=False, auth=("ann", "other"))
    known = Client(guarded, verbose=False, analytics_enabled=False, auth=LOGIN[0])
    assert list(known.predict(BOATS, api_name="/ask")) == KEYS


@pytest.mark.parametrize("auth", [None, ("ann", "other"), ("ann", ""), ("ann:secret", ""), ("", "")])
def test_the_mcp_server_needs_it_as_well(guarded: str, auth: tuple[str, str] | None) -> None:
    with pytest.raises((MCPError, ExceptionGroup)):
        mcp(guarded, auth=auth)
    assert mcp(guarded, auth=LOGIN[1])[0] == list(ENDPOINTS)


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic ???", "Bearer YW5uOnNlY3JldA==", "Basic YW5u", "YW5uOnNlY3JldA=="]
)
def test_a_damaged_login_is_none(guarded: str, header: str) -> None:
    status, said = posted(guarded + "mcp", {"jsonrpc": "2.0", "id": 1, "method": "ping"}, Authorization=header)
    assert (status, "user:password" in said) == (401, True)


@contextmanager
def process(*flags: str, home: Path) -> Iterator[str]:
    """The address of a page in a process of its own, over the real index and model."""
    command = [sys.executable, "-m", "ui", "--no-open", "--port", "0", "--home", str(home), *flags]
    environ = os.environ | {"RAG_THRESHOLD": "0"}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environ) as running:
        assert running.stdout
        try:
            yield running.stdout.readline().split()[3]
        finally:
            running.terminate()


@pytest.mark.slow
def test_the_running_program_answers_as_the_command_line_does(tmp_path: Path) -> None:
    with process("--mcp", "--auth", "ann:secret", home=tmp_path) as address:
        client = Client(address, verbose=False, analytics_enabled=False, auth=LOGIN[0])
        asked = client.predict(TROOPS, api_name="/ask")
        _, told, found = mcp(address, ("ask", {"question": TROOPS}), ("search", {"query": TROOPS}), auth=LOGIN[0])
    command = [sys.executable, "-m", "rag.ask", "--json", "--home", str(tmp_path), "--threshold", "0", TROOPS]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True).stdout
    assert timeless(asked) == timeless(told) == timeless(json.loads(printed))
    assert "3,000" in asked["answer"]
    command = [sys.executable, "-m", "index", "search", "--json", "--home", str(tmp_path), TROOPS]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True).stdout
    assert found == json.loads(printed)
