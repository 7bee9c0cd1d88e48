"""The benchmark of the index: what it measures on a small index is shown as tables and a picture that stands alone."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from evals import bench_index, bench_parts
from index.settings import Settings, load_settings

SIZE = 120


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """With the converted models at hand and the indexes of the benchmark in a folder of their own."""
    found = load_settings()
    models = next(found.index.cache.glob("embedder-*"))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / models.name).symlink_to(models.resolve())
    return found.model_copy(update={"index": found.index.model_copy(update={"cache": tmp_path / "cache"})})


@pytest.mark.slow
def test_what_is_measured_of_a_small_index_becomes_tables_and_a_picture(settings: Settings) -> None:
    built = bench_parts.building(settings, SIZE)
    assert built["passages"] == SIZE and built["sentences"] > SIZE and all(built["disk"].values())
    searched = {SIZE: bench_parts.searching(settings, SIZE, 10), 10 * SIZE: bench_parts.searching(settings, SIZE, 10)}
    measured = searched[SIZE]
    assert measured["best sentences kept"] == 1.0 and measured["candidates kept"]["full text"] == 1.0
    assert len(measured["ms"]["whole"]) == 10 and min(measured["ms"]["whole"]) > 0
    rows = bench_index.building_rows([built])
    assert rows[0][0] == "120" and rows[1][0].startswith("1,000,000")
    head = bench_index.heads(measured)["Search, milliseconds"]
    assert all(len(row) == len(head) for row in bench_index.searching_rows(searched))
    drawn = ET.fromstring(bench_index.picture(searched))
    assert drawn.find("{*}style") is not None and len(drawn.findall("{*}path")) >= 2
    names = [text.text for text in drawn.findall("{*}text")]
    assert {"120", "1,200", "p50", "p95", "milliseconds", "passages"} <= set(names)
