"""What the benchmark of the index measures: embedding, building, searching; each as an object for JSON.

`python -m evals.bench_parts PART NUMBER…` measures one part and prints it: a part has a process of its own, so that its
memory is its own.
"""

import json
import random
import re
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.cases import SPLITS, load_cases
from evals.run import library_of
from evals.synthetic import made, topics
from index.catalogue import Catalogue
from index.convert import packaged
from index.library import Library
from index.rows import Stamp
from index.search import CANDIDATES, find
from index.settings import Settings, load_settings
from index.words import terms

BEST = 5  # sentences compared
ALONE = 5  # one text in so many is embedded by a call of its own as well, which is slow
STAGES = {
    "encode": "question embedded",
    **dict.fromkeys(("totals", "document_frequencies", "vocabulary", "match"), "full text"),
    "query": "vectors",
    **dict.fromkeys(("neighbours", "passages", "marks", "passage_vectors", "sentence_vectors"), "candidates read"),
}
REST = "spelling, ranking"
PASSED = "passed"  # by the clock on the wall
# What this process computes, whatever else the machine does. On one core it is the time that passes when that is idle.
CLOCK = time.process_time
Way = Callable[[], tuple[int, NDArray[np.float32]]]


class Timed:
    """Stands in for a part of the library; adds what its methods take to the stage that they belong to, in seconds."""

    def __init__(self, part: Any, spent: dict[str, float]) -> None:
        self._part, self._spent = part, spent

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._part, name)
        if name not in STAGES:
            return value

        def timed(*given: Any, **named: Any) -> Any:
            started = CLOCK()
            found = value(*given, **named)
            self._spent[STAGES[name]] += CLOCK() - started
            return found

        return timed


class Unpruned(Catalogue):
    """Full text as the baseline: BM25 of every passage that holds any of the terms."""

    def _promising(self, wanted: Sequence[str]) -> list[int]:
        return []


def embedding(settings: Settings, count: int, repeats: int) -> dict[str, Any]:
    """Texts a second of the encoder and of plain sentence-transformers, turn by turn, and how far their vectors differ.

    Each repeat goes through every way; the first one warms up and does not count.
    """
    from sentence_transformers import SentenceTransformer

    documents = _texts(settings, count)
    flat = [text for document in documents for text in document]
    with library_of("test", settings) as library:
        encoder = library.encoder
    model = SentenceTransformer(str(packaged()), device="cpu", local_files_only=True)
    ways: dict[str, Way] = {
        "Footnote, a call a document": lambda: (len(flat), np.concatenate([encoder.encode(d) for d in documents])),
        "sentence-transformers, one call": lambda: (len(flat), model.encode(flat)),
        "… a call a document": lambda: (len(flat), np.concatenate([model.encode(d) for d in documents])),
        "… a call a text": lambda: (len(flat[::ALONE]), np.stack([model.encode(text) for text in flat[::ALONE]])),
    }
    rates: dict[str, list[float]] = defaultdict(list)
    first: dict[str, NDArray[np.float32]] = {}
    for turn in range(repeats + 1):
        for name, way in ways.items():
            started = CLOCK()
            done, vectors = way()
            if turn:
                rates[name].append(done / (CLOCK() - started))
            else:
                first[name] = vectors
    ours, plain = list(first.values())[:2]
    same = (ours * plain).sum(axis=1)
    return {
        "texts": len(flat),
        "characters": sum(map(len, flat)),
        "repeats": repeats,
        "rates": rates,
        "cosine": {"min": float(same.min()), "mean": float(same.mean())},
    }


def building(settings: Settings, size: int) -> dict[str, Any]:
    """An index of `size` made-up passages, kept for `searching`; what it took and takes."""
    shutil.rmtree(_home(settings, size), ignore_errors=True)
    with library_of("test", settings) as own, library_of("seed", settings) as seed:
        material = topics([own.catalogue, seed.catalogue])
    with _open(settings, size) as library:
        assert library.encoder
        started = CLOCK()
        sentences = characters = 0
        for document, entries in made(material, size):
            library.catalogue.record(Stamp(document.source, len(document.text), 1), document, entries)
            sentences += sum(len(entry.passage.sentences) for entry in entries)
            characters += len(document.text)
        kept = CLOCK()
        assert library.encoder  # brings the vectors in step
        seconds = {"catalogue": kept - started, "Chroma": CLOCK() - kept}
        words = len(library.catalogue.vocabulary())
    chroma = [file for folder in _home(settings, size).glob("chroma*") for file in folder.rglob("*")]
    return {
        "passages": size,
        "sentences": sentences,
        "characters": characters,
        "words": words,
        "seconds": seconds,
        "disk": {
            "catalogue": library.catalogue.database.path.stat().st_size,
            "Chroma": sum(file.stat().st_size for file in chroma if file.is_file()),
        },
        "peak memory": _memory("VmHWM"),
    }


def searching(settings: Settings, size: int, count: int) -> dict[str, Any]:
    """Milliseconds of a search and its stages, and of the plain ways, on the index of that size; its memory."""
    questions = _questions(count)
    with _open(settings, size) as library:
        started = CLOCK()
        encoder = library.encoder
        opened = CLOCK() - started
        for question in questions[: len(questions) // 10]:
            library.find(question)
        times = [_timed(library, question) for question in questions]
        memory = {"after": _memory("VmRSS"), "peak": _memory("VmHWM")}
        plain = Unpruned(_home(settings, size))
        rows = np.stack([vector for _, _, vector in plain.vector_rows()])
        beside = [_beside(library, plain, rows, question) for question in questions]
        same = [_best(library.catalogue, library, q) == _best(plain, library, q) for q in questions]
        assert encoder is library.encoder
    return {
        "questions": len(questions),
        "seconds to open": opened,
        "ms": {stage: [each[stage] * 1e3 for each in times] for stage in times[0]},
        "memory": memory,
        "plain ms": {way: [each[way] * 1e3 for each in beside] for way in ("full text", "vectors")},
        "candidates kept": {
            way: float(np.mean([each[f"{way} kept"] for each in beside])) for way in ("full text", "vectors")
        },
        "best sentences kept": float(np.mean(same)),
    }


def _timed(library: Library, question: str) -> dict[str, float]:
    """Seconds of one search as people make it: the processor's in all and by stage, and those that passed."""
    spent = dict.fromkeys((*STAGES.values(), REST), 0.0)
    catalogue, vectors = Timed(library.catalogue, spent), Timed(library.vectors, spent)
    started, begun = CLOCK(), time.perf_counter()
    find(catalogue, vectors, Timed(library.encoder, spent), question)
    whole, passed = CLOCK() - started, time.perf_counter() - begun
    spent[REST] = whole - sum(spent.values())
    return {"whole": whole, **spent, PASSED: passed}


def _beside(library: Library, plain: Catalogue, rows: NDArray[np.float32], question: str) -> dict[str, float]:
    """Seconds of the plain ways to gather candidates, and what share of theirs the library's ways find."""
    wanted, vector = terms(question), library.encoder.encode([question])[0]
    numbers = np.array(plain.numbers())
    started = CLOCK()
    matched = plain.match(wanted, CANDIDATES)
    between = CLOCK()
    scores = rows @ vector
    nearest = numbers[np.argpartition(-scores, CANDIDATES)[:CANDIDATES]]
    ended = CLOCK()
    ours = {n for n, _ in library.catalogue.match(wanted, CANDIDATES)}
    near = {n for n, _ in library.vectors.query(vector, CANDIDATES)}
    return {
        "full text": between - started,
        "vectors": ended - between,
        "full text kept": _share({n for n, _ in matched}, ours),
        "vectors kept": _share(set(nearest.tolist()), near),
    }


def _share(wanted: set[int], found: set[int]) -> float:
    return len(wanted & found) / len(wanted) if wanted else 1.0


def _best(catalogue: Catalogue, library: Library, question: str) -> list[tuple[str, int]]:
    found = find(catalogue, library.vectors, library.encoder, question)
    return [(item.passage.document_id, item.start) for item in found.evidence[:BEST]]


def _texts(settings: Settings, count: int) -> list[list[str]]:
    """The distinct passages and sentences of each of some documents, as indexing embeds them; at least `count`."""
    found: list[list[str]] = []
    for split in ("test", "seed"):
        with library_of(split, settings) as library:
            for info in library.documents():
                passages = library.catalogue.passages_of(info.id).values()
                sentences = [p.between(a, b) for p in passages for a, b in p.sentences]
                found.append(list(dict.fromkeys([*(p.text for p in passages), *sentences])))
    random.Random(0).shuffle(found)
    sizes = np.cumsum([len(texts) for texts in found])
    return found[: int(np.searchsorted(sizes, count)) + 1]


def _questions(count: int) -> list[str]:
    asked = dict.fromkeys(case.question for split in SPLITS for case in load_cases(split) if not case.history)
    return random.Random(0).sample(list(asked), min(count, len(asked)))


def _home(settings: Settings, size: int) -> Path:
    return settings.index.cache / "evals" / f"bench-{size}"


def _open(settings: Settings, size: int) -> Library:
    return Library.open(settings.index.model_copy(update={"home": _home(settings, size)}))


def _memory(key: str) -> int:
    """Bytes of this process as Linux counts them: VmRSS now, VmHWM at the most."""
    found = re.search(rf"{key}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) * 1024 if found else 0


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "embedding": embedding,
    "building": building,
    "searching": searching,
}

if __name__ == "__main__":
    print(json.dumps(PARTS[sys.argv[1]](load_settings(), *map(int, sys.argv[2:]))))
