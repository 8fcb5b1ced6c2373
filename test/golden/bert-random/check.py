"""Checks cases.json in float64: python3 check.py (numpy, safetensors; tokenizers 0.23.3).

Ids come from tokenizer.json, and everything else from model.safetensors, by the formulas of BERT (Devlin et al. 2019).
It shares no code with Transformers, which made the file in float32 and rounded it to six digits, nor with this package.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

HERE = Path(__file__).parent
CONFIG = json.loads((HERE / "config.json").read_text())
WEIGHTS = {name: tensor.astype(np.float64) for name, tensor in load_file(HERE / "model.safetensors").items()}
erf = np.vectorize(math.erf)


def linear(x, name):
    return x @ WEIGHTS[f"{name}.weight"].T + WEIGHTS[f"{name}.bias"]


def norm(x, name):
    x = x - x.mean(-1, keepdims=True)
    x = x / np.sqrt((x * x).mean(-1, keepdims=True) + CONFIG["layer_norm_eps"])
    return x * WEIGHTS[f"{name}.weight"] + WEIGHTS[f"{name}.bias"]


def layer(x, prefix):
    heads = CONFIG["num_attention_heads"]
    size = x.shape[1] // heads
    parts = (linear(x, f"{prefix}.attention.self.{name}") for name in ("query", "key", "value"))
    query, key, value = (part.reshape(len(x), heads, size).transpose(1, 0, 2) for part in parts)
    scores = query @ key.transpose(0, 2, 1) / math.sqrt(size)
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    context = scores / scores.sum(-1, keepdims=True) @ value
    context = linear(context.transpose(1, 0, 2).reshape(x.shape), f"{prefix}.attention.output.dense")
    x = norm(x + context, f"{prefix}.attention.output.LayerNorm")
    inner = linear(x, f"{prefix}.intermediate.dense")
    inner = inner * 0.5 * (1 + erf(inner / math.sqrt(2)))
    return norm(x + linear(inner, f"{prefix}.output.dense"), f"{prefix}.output.LayerNorm")


def compute(ids, types):
    """Embeddings, hidden states, their normalised mean, and logits."""
    table = lambda name: WEIGHTS[f"bert.embeddings.{name}_embeddings.weight"]
    embedded = table("word")[ids] + table("position")[: len(ids)] + table("token_type")[types]
    embedded = hidden = norm(embedded, "bert.embeddings.LayerNorm")
    for i in range(CONFIG["num_hidden_layers"]):
        hidden = layer(hidden, f"bert.encoder.layer.{i}")
    mean = hidden.mean(0)
    pooled = np.tanh(linear(hidden[0], "bert.pooler.dense"))
    return embedded, hidden, mean / np.linalg.norm(mean), linear(pooled, "classifier")


tokenizer = Tokenizer.from_file(str(HERE / "tokenizer.json"))
cases = json.loads((HERE / "cases.json").read_text())
worst = 0
for case in cases:
    text = case["text"]
    encoding = tokenizer.encode(text) if isinstance(text, str) else tokenizer.encode(*text)
    assert (encoding.ids, encoding.type_ids) == (case["ids"], case["type_ids"]), text
    embedded, hidden, mean, logits = compute(case["ids"], case["type_ids"])
    for name, got in [
        ("embedding_first", embedded[0]),
        ("embedding_last", embedded[-1]),
        ("hidden_first", hidden[0]),
        ("hidden_last", hidden[-1]),
        ("mean_normalised", mean),
        ("logits", logits),
    ]:
        worst = max(worst, np.abs(np.array(case[name]) - got).max())
print(f"bert-random: {len(cases)} cases, largest difference {worst:.1e}")
sys.exit("cases.json is not what this script computes." if worst > 1e-5 else 0)
