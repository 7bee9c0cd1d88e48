"""Chosen weights of a GGUF file written anew in a form that llama.cpp reads faster; the rest is copied as it is.

Rows of 640 numbers, as the default model has, fit none of the forms in blocks of 256, so its makers' tools left them in
5 bits a number, for which llama.cpp has no interleaved kernel. For 4 bits on a non-linear scale (IQ4_NL) it has one.
"""

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path

from index.errors import UserError


def recast(source: Path, target: Path, patterns: Sequence[str]) -> None:
    """Write `source` to `target` with the weights whose names match one of the regular expressions as IQ4_NL.

    Written aside and renamed: an interrupted run leaves nothing that looks whole. Raises UserError when it fails.
    """
    import llama_cpp

    from rag.llama import silence

    silence()
    growing = target.with_suffix(".part")
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M  # what the rest is in already, and so copied
    parameters.token_embedding_type = parameters.output_tensor_type = llama_cpp.GGML_TYPE_Q8_0
    parameters.allow_requantize = True
    parameters.nthread = os.cpu_count() or 1
    overrides = (llama_cpp.llama_model_tensor_override * (len(patterns) + 1))()  # ends with an empty one
    for override, pattern in zip(overrides, patterns, strict=False):
        override.pattern, override.type = pattern.encode(), llama_cpp.GGML_TYPE_IQ4_NL
    parameters.tt_overrides = ctypes.cast(overrides, type(parameters.tt_overrides))
    if llama_cpp.llama_model_quantize(str(source).encode(), str(growing).encode(), ctypes.byref(parameters)):
        growing.unlink(missing_ok=True)
        raise UserError(f"cannot write {target}; see that the disk has {source.stat().st_size >> 20} MB left")
    growing.rename(target)
