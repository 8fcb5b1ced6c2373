"""Writes adamw.json: 20 steps of PyTorch's AdamW on two parameters in float32, one that decays and one that does not.

Regenerate with `python3 test/golden/adamw.py`, where torch is installed (made with 1.12.1). The learning rate changes
with every step; gradients are clipped to a norm of 1 together, and some of them are zero.
"""

import json
import math
import random
from pathlib import Path

import torch

STEPS, COUNT = 20, 12
draw = random.Random(4)


def numbers(deviation):
    return torch.tensor([draw.gauss(0, deviation) for _ in range(COUNT)], dtype=torch.float32)


parameters = {"decayed": numbers(1), "plain": numbers(1)}
initial = {name: values.tolist() for name, values in parameters.items()}
for values in parameters.values():
    values.requires_grad_()
optimizer = torch.optim.AdamW(
    [
        {"params": [parameters["decayed"]], "weight_decay": 0.1},
        {"params": [parameters["plain"]], "weight_decay": 0.0},
    ],
    betas=(0.85, 0.98),
    eps=1e-6,
)
steps = []
for step in range(STEPS):
    rate = 0.01 * (1 + math.cos(math.pi * step / STEPS)) + 0.001 * (step % 3)
    gradients = {name: numbers(10 ** draw.uniform(-4, 1)) * (numbers(1) > -1) for name in parameters}
    for name, values in parameters.items():
        values.grad = gradients[name].clone()
    norm = torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    steps.append(
        {
            "rate": rate,
            "gradients": {name: values.tolist() for name, values in gradients.items()},
            "norm": norm.item(),
            "after": {name: values.tolist() for name, values in parameters.items()},
        }
    )
golden = {
    "torch": torch.__version__,
    "optimizer": {"betas": [0.85, 0.98], "epsilon": 1e-6, "weightDecay": 0.1, "clipNorm": 1},
    "initial": initial,
    "steps": steps,
}
text = json.dumps(golden, separators=(",", ":")).replace('{"rate"', '\n{"rate"')
Path(__file__).with_name("adamw.json").write_text(text + "\n")
