"""The vector store and its mending: real Chroma, in a folder and behind a server."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.catalogue import Catalogue
from index.errors import UserError
from index.library import Library
from index.marks import marks_of
from index.mend import MARK, mend
from index.rows import Entry, Stamp
from index.settings import IndexSettings
from index.types import Document, Passage
from index.vectors import Vectors
from tests.standins_index import HashEncoder

ROOT = Path(__file__).resolve().parent.parent


def random_vectors(count: int, dimension: int = 32, seed: int = 0) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def rows_of(vectors: NDArray[np.float32]) -> list[tuple[int, str, NDArray[np.float32]]]:
    """Ten passages to a document."""
    return [(number, f"d{number // 10}", vector) for number, vector in enumerate(vectors)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Chroma server of this machine, as host:port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("server")
    command = [Path(sys.executable).with_name("chroma"), "run", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--path", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ}
    ) as process:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"127.0.0.1:{port}"
        process.terminate()


@pytest.fixture(params=["folder", pytest.param("server", marks=pytest.mark.xdist_group("chroma-server"))])
def another(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Callable[[], int]], Vectors]:
    """Makes a client of one and the same catalogue's vectors, given what tells the number in use."""
    address = request.getfixturevalue("server") if request.param == "server" else ""
    return partial(Vectors, tmp_path, address, tmp_path.name[-20:])


@pytest.fixture
def store(another: Callable[[Callable[[], int]], Vectors]) -> Iterator[Vectors]:
    vectors = another(lambda: 0)
    yield vectors
    vectors.close()


def test_the_nearest_come_first_with_their_cosine(store: Vectors) -> None:
    vectors = random_vectors(300)
    store.add(rows_of(vectors))
    for wanted in (0, 150, 299):
        found = store.query(vectors[wanted], 20)
        exact = np.argsort(-(vectors @ vectors[wanted]))[:20]
        assert [number for number, _ in found] == exact.tolist()
        assert [score for _, score in found] == pytest.approx((vectors @ vectors[wanted])[exact].tolist(), abs=1e-4)


def test_within_looks_into_these_documents_only(store: Vectors) -> None:
    vectors = random_vectors(300)
    store.add(rows_of(vectors))
    found = store.query(vectors[5], 100, ["d3", "d7", "unknown"])
    assert sorted(number for number, _ in found) == [*range(30, 40), *range(70, 80)]
    assert found == sorted(found, key=lambda pair: -pair[1])
    assert store.query(vectors[5], 3, ["d3", "d7"]) == found[:3]
    assert store.query(vectors[5], 3, []) == store.query(vectors[5], 0) == []


def test_adding_twice_replaces_and_deleting_the_unknown_is_no_fault(store: Vectors) -> None:
    vectors = random_vectors(20)
    store.add(rows_of(vectors))
    store.add([(3, "other", vectors[4])])
    assert store.count() == 20 and store.query(vectors[4], 5, ["other"])[0] == (3, pytest.approx(1, abs=1e-5))
    store.delete([3, 4, 999])
    store.delete([])
    assert store.numbers() == set(range(20)) - {3, 4}


def test_an_empty_store_finds_nothing(store: Vectors) -> None:
    assert store.query(random_vectors(1)[0], 5) == [] and store.numbers() == set() and store.count() == 0


def test_rebuilding_leaves_only_the_given(store: Vectors) -> None:
    vectors = random_vectors(30)
    store.add(rows_of(vectors))
    assert store.rebuild(rows_of(vectors)[:7]) == 1
    assert store.numbers() == set(range(7)) and store.query(vectors[2], 1)[0][0] == 2
    store.rebuild([])
    assert store.count() == 0


def test_what_is_in_use_is_not_changed_by_building_anew_and_goes_when_that_is_recorded(
    store: Vectors, another: Callable[[Callable[[], int]], Vectors]
) -> None:
    vectors, number = random_vectors(30), [0]
    store.add(rows_of(vectors))
    builder, reader = (another(lambda: number[0]) for _ in range(2))
    assert builder.rebuild(rows_of(vectors)[:7]) == 1
    assert reader.count() == store.count() == 30 and builder.count() == 7
    number[0] = 1
    builder.sweep()
    reader.reopen()
    assert reader.count() == builder.count() == 7
    number[0] = 0
    for opened in (builder, reader):
        opened.reopen()
        assert opened.count() == 0  # the first one is gone
        opened.close()


def test_large_numbers_of_rows_and_documents(tmp_path: Path) -> None:
    store = Vectors(tmp_path, "", "large")
    vectors = random_vectors(6000, 8)
    store.add(rows_of(vectors))
    assert store.count() == 6000
    found = store.query(vectors[77], 4, [f"d{n}" for n in range(40_000)])
    assert found[0][0] == 77 and len(found) == 4
    store.delete(list(range(5990)))
    assert store.numbers() == set(range(5990, 6000))
    store.close()


def test_texts_much_alike_are_all_found(tmp_path: Path) -> None:
    """A graph with few links loses some of them; this is why it has many."""
    store = Vectors(tmp_path, "", "alike")
    alike = random_vectors(1, 64) + 0.05 * random_vectors(1500, 64, seed=1)
    rows = rows_of(alike / np.linalg.norm(alike, axis=1, keepdims=True))
    store.add(rows)
    assert store.unfindable(rows) == []
    store.close()


def test_no_text_is_stored(tmp_path: Path) -> None:
    store = Vectors(tmp_path, "", "quiet")
    store.add([(1, "documentid", random_vectors(1)[0])])
    store.close()
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert any(b"documentid" in file.read_bytes() for file in files)
    assert not any(b"chroma:document" in file.read_bytes() for file in files)


def test_what_another_client_wrote_is_seen_after_reopening(tmp_path: Path) -> None:
    ours, theirs = Vectors(tmp_path, "", "same"), Vectors(tmp_path, "", "same")
    vectors = random_vectors(40)
    ours.add(rows_of(vectors)[:20])
    theirs.add(rows_of(vectors)[20:])
    ours.reopen()
    assert ours.query(vectors[33], 1)[0][0] == 33
    ours.close()
    theirs.close()


@pytest.mark.parametrize("address", ["nonsense", "host:port", ":80", "127.0.0.1:1"])
def test_a_server_that_is_not_there(tmp_path: Path, address: str) -> None:
    with pytest.raises(UserError, match=r"host:port is expected|no Chroma server answers"):
        Vectors(tmp_path, address, "x").count()


# -- mending


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """Thirty documents of ten passages each."""
    catalogue = Catalogue(tmp_path)
    vectors = random_vectors(300)
    for number in range(30):
        text = "".join(f"passage {number * 10 + n} " for n in range(10))
        document = Document(f"/{number}.txt", text)
        found, start = [], 0
        for n, word in enumerate(text.split("passage ")[1:]):
            end = start + len(f"passage {word}") - 1
            passage = Passage(document.id, document.source, start, end, None, text[start:end], ((start, end),))
            vector = vectors[number * 10 + n]
            found.append(Entry(passage, marks_of(passage), vector, vector[np.newaxis]))
            start = end + 1
        catalogue.record(Stamp(document.source, 1, 1), document, found)
    return catalogue


def mended(catalogue: Catalogue, home: Path) -> tuple[list[str], Vectors]:
    """What was told while mending a store newly opened, and that store, which is sound in every part."""
    told: list[str] = []
    store = Vectors(home, "", catalogue.fact("identity") or "", catalogue.store)
    mend(catalogue, store, told.append)
    assert store.numbers() == set(catalogue.numbers()) and store.unfindable(list(catalogue.vector_rows())) == []
    assert catalogue.in_step() and not (home / MARK).exists()
    return told, store


@pytest.fixture
def home(catalogue: Catalogue, tmp_path: Path) -> Path:
    """The folder of a catalogue and a store in step with it, closed."""
    _, store = mended(catalogue, tmp_path)
    store.close()
    return tmp_path


def test_a_sound_store_is_left_as_it_is(catalogue: Catalogue, home: Path) -> None:
    before = set(home.rglob("*"))  # a store built again has folders of other names
    revision = catalogue.fact("revision")
    told, store = mended(catalogue, home)
    store.close()
    assert told == [] and catalogue.fact("revision") == revision
    assert len(before) > 4 and before == set(home.rglob("*"))


def test_what_is_missing_or_left_over_is_made_good_without_rebuilding(catalogue: Catalogue, home: Path) -> None:
    store = Vectors(home, "", catalogue.fact("identity") or "", catalogue.store)
    store.delete([5, 6])
    store.add([(9999, "ghost", random_vectors(1, seed=9)[0])])
    store.close()
    catalogue.forget(["/3.txt"])
    assert mended(catalogue, home)[0] == []


def test_a_store_of_the_right_size_but_not_in_step_is_compared(catalogue: Catalogue, home: Path) -> None:
    store = Vectors(home, "", catalogue.fact("identity") or "", catalogue.store)
    store.delete([5])
    store.add([(9999, "ghost", random_vectors(1, seed=9)[0])])
    store.close()
    catalogue.settle([], 0)  # any change
    assert mended(catalogue, home)[0] == []


def test_a_store_that_is_gone_is_made_again(catalogue: Catalogue, home: Path) -> None:
    shutil.rmtree(*home.glob("chroma*"))
    mended(catalogue, home)


@pytest.mark.parametrize("name", ["chroma.sqlite3", "index_metadata.pickle", "header.bin", "link_lists.bin"])
@pytest.mark.parametrize("how", ["junk", "delete"])
def test_broken_files_are_rebuilt(catalogue: Catalogue, home: Path, name: str, how: str) -> None:
    force_files(catalogue, home)
    file = next(home.rglob(name))
    if how == "delete":
        file.unlink()
    else:
        file.write_bytes(np.random.default_rng(1).bytes(file.stat().st_size))
    mended(catalogue, home)


def force_files(catalogue: Catalogue, home: Path) -> None:
    """Chroma writes its graph to files once it has taken a thousand changes."""
    store = Vectors(home, "", catalogue.fact("identity") or "", catalogue.store)
    for _ in range(4):
        store.add(catalogue.vector_rows())
    store.close()
    assert list(home.rglob("header.bin"))


def test_a_graph_that_ends_the_process_is_not_opened_twice(catalogue: Catalogue, home: Path) -> None:
    force_files(catalogue, home)
    next(home.rglob("header.bin")).write_bytes(b"\0" * 50)
    code = (
        "import sys; from pathlib import Path; from index.catalogue import Catalogue; from index.mend import mend;"
        "from index.vectors import Vectors; home = Path(sys.argv[1]); c = Catalogue(home);"
        "mend(c, Vectors(home, '', c.fact('identity'), c.store), print)"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", code, home], capture_output=True, text=True, cwd=ROOT, timeout=120, check=False
        )
        for _ in range(2)
    )
    assert second.returncode == 0 and "rebuilding" in first.stdout + second.stdout
    assert mended(catalogue, home)[0] == []


@pytest.mark.xdist_group("chroma-server")
def test_a_whole_library_keeps_its_vectors_on_a_server(server: str, tmp_path: Path) -> None:
    home, docs = tmp_path / "home", tmp_path / "docs"
    docs.mkdir()
    for name in ("quince", "medlar", "sorb"):
        (docs / f"{name}.txt").write_text(f"The {name} stands by the gate.", "utf-8")
    settings = IndexSettings(home=home, chroma=server)
    with Library.open(settings, HashEncoder()) as library, Library.open(settings, HashEncoder()) as reader:
        assert [report.verdict for report in library.add([docs])] == ["added"] * 3
        assert not (home / "chroma").exists()
        assert reader.search("medlar", 1)[0].passage.source.endswith("medlar.txt")
        assert reader.vectors.count() == 3
        list(library.remove(["medlar.txt"]))
        assert len(reader.search("tree by the gate")) == 2 and library.check() == []
        library.vacuum()
        assert len(reader.search("tree by the gate")) == 2 and reader.vectors.count() == 2
        assert library.vectors.count() == 2 and library.check() == []
