"""Starting the page: flags, refusals, headers; no browser and no model needed."""

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.errors import UserError
from tests.serving_ui import serving
from tests.standins_ui import stand_in
from ui.__main__ import main
from ui.api import Api
from ui.assistant import Opening
from ui.chat import Desk
from ui.conversations import Conversations
from ui.folders import Folders
from ui.guard import host_of
from ui.serve import folders, serve

pytestmark = pytest.mark.xdist_group("page")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(stand_in, tmp_path_factory.mktemp("home")) as address:
        yield address


def fetch(url: str, **headers: str) -> tuple[int, dict[str, str], str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as reply:
            return reply.status, dict(reply.headers), reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::"])
def test_other_machines_need_a_login(host: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--host", host, "--home", str(tmp_path), "--no-open"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "--auth" in said
    assert host in said


@pytest.mark.parametrize("auth", ["user", "user:", ":password", ""])
def test_a_login_has_two_parts(auth: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--auth", auth, "--no-open"]) == 2
    assert "user:password" in capsys.readouterr().err


def test_a_user_has_one_password(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--auth", "ann:a", "--auth", "ann:b", "--no-open"]) == 2
    assert "twice" in capsys.readouterr().err


def test_a_taken_port_is_one_line_with_the_way_out(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["--port", port, "--home", str(tmp_path), "--no-open"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert port in said
    assert "--port" in said


def test_a_setting_out_of_range_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "99999", "--no-open"]) == 2
    assert "page.port" in capsys.readouterr().err


def test_the_module_starts_and_does_not_import_gradio_to_refuse() -> None:
    refuse = "main(['--host', '0.0.0.0', '--no-open'])"
    code = f"import sys; from ui.__main__ import main; c = {refuse}; assert 'gradio' not in sys.modules; sys.exit(c)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 2, ran.stderr


def test_everything_carries_the_policy(url: str) -> None:
    status, headers, _ = fetch(url)
    assert status == 200
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_another_name_for_this_machine_is_not_answered(url: str) -> None:
    assert fetch(url, Host="evil.example")[0] == 421
    assert fetch(url, Host="localhost:1")[0] == 200


@pytest.mark.parametrize(("origin", "status"), [("http://evil.example", 421), ("null", 421), ("", 422)])
def test_another_site_cannot_post(url: str, origin: str, status: int) -> None:
    headers = {"Origin": origin or url.rstrip("/"), "Content-Type": "application/json"}
    request = urllib.request.Request(url + "gradio_api/queue/join", b"{}", headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == status


@pytest.mark.parametrize(
    "path", ["gradio_api/file=" + str(Path(__file__)), "gradio_api/file=/etc/passwd", "docs", "openapi.json"]
)
def test_files_of_the_machine_are_not_served(url: str, path: str) -> None:
    assert fetch(url + path)[0] in {403, 404}


def test_only_a_page_of_this_machine_alone_can_point_to_folders(tmp_path: Path) -> None:
    assert folders(tmp_path, "127.0.0.1", ()) is not None
    assert folders(tmp_path, "127.0.0.1", [("me", "secret")]) is None
    assert folders(tmp_path, "0.0.0.0", [("me", "secret")]) is None


def test_without_folders_nothing_listens_for_one(tmp_path: Path) -> None:
    from ui.page import build

    api, store = Api(Opening(stand_in), Desk()), Conversations(tmp_path)
    with_folders, without = (build(api, store, tmp_path, "1 MB", given) for given in (Folders(tmp_path), None))
    assert len(with_folders.fns) == len(without.fns) + 2
    assert "python -m index sync" in str(without.get_config_file())


def test_with_a_login_nothing_is_served_before_it(tmp_path: Path) -> None:
    served = serve(stand_in, tmp_path, login=[("me", "secret")])
    try:
        assert fetch(served.url + "config")[0] == 401
    finally:
        served.close()


@pytest.mark.parametrize(
    ("named", "host"),
    [(b"localhost:80", "localhost"), (b"[::1]:80", "::1"), (b"LOCALHOST", "localhost"), (b"a.b:1", "a.b"), (b"", "")],
)
def test_host_of(named: bytes, host: str) -> None:
    assert host_of({"headers": [(b"host", named)]}) == host


def test_the_library_refuses_too(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--auth"):
        serve(stand_in, tmp_path, host="0.0.0.0")
