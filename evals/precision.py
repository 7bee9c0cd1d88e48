"""How coarsely training computes: in bfloat16 where the CPU multiplies it (there a step takes about half the time;
elsewhere three times as long as in float32)."""

import torch

COARSE = bool(torch.cpu.get_capabilities().get("avx512_bf16"))


def computing() -> torch.autocast:
    """What a training step is computed within."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=COARSE)
