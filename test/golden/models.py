"""Checks cases.json of every model in models/ in float64: python3.11 models.py (numpy and safetensors, any versions).

Embeddings, hidden states and logits are computed from model.safetensors and the ids (or buckets) of cases.json, as
README.md has the formulas; ids of MD5 also from the texts. It shares no code with the reference implementation that
made the files, nor with this package. Numbers of the reference are float32: they may differ by 1e-5.
"""

import hmac
import json
import math
import re
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

HERE = Path(__file__).parent / "models"
BITS = 128
erf = np.vectorize(math.erf)


def digest(key, data):
    return int(hmac.new(key.encode(), data.encode(), "md5").hexdigest(), 16)


def words(text):
    return re.findall(r"\w+|[^\w\s]+", text.lower())


def tokens_of(text):
    """Tokens with 0 and 2 for the special ones; no text of cases.json is cut."""
    if isinstance(text, str):
        return [0, *words(text), 2]
    return [0, *words(text[0]), 2, 2, *words(text[1]), 2]


def bits_of(code):
    return np.array([int(bit) for bit in f"{code:0128b}"], dtype=np.float64)


def features(token, config):
    """Buckets of a token of the variant ngram: of the whole token under each key, then of its n-grams."""
    codes = [digest(key, token) for key in config["hash_keys"]]
    marked = f"<{token}>"
    shortest, longest = config["ngram_range"]
    grams = [marked[i : i + n] for n in range(shortest, longest + 1) for i in range(len(marked) - n + 1)]
    codes += [digest(config["ngram_key"], gram) for gram in grams[: config["max_ngrams"]]]
    return [code % config["buckets"] for code in codes]


class Model:
    def __init__(self, folder):
        self.config = json.loads((folder / "config.json").read_text())
        tensors = load_file(folder / "model.safetensors")
        self.weights = {name.removeprefix("roberta."): tensor.astype(np.float64) for name, tensor in tensors.items()}

    def linear(self, x, name):
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def norm(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + self.config["layer_norm_eps"])
        return x * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def token(self, token):
        """The row of one token; `token` is 0 or 2 for a special one, else its bucket, its hash or its buckets."""
        table = lambda name: self.weights[f"embeddings.{name}"]
        variant = self.config["variant"]
        special = isinstance(token, tuple)
        if variant == "emb":
            return table("word_embeddings.weight")[token[0] if special else token]
        if variant == "ngram":
            found = 0 if special else table("bucket_embeddings.weight")[token].sum(0) / math.sqrt(len(token))
            projection = self.weights.get("embeddings.embedding_projection.weight")
            row = 0 if special else found if projection is None else projection @ found
        elif variant == "pool":
            code = "" if special else f"{token:0128b}"
            chunks = [0] * 13 if special else [int(code[i : i + 10], 2) + 1 for i in range(0, BITS, 10)]
            share = np.exp(table("adaptive_weights"))
            row = (share / share.sum(0) * table("component_embeddings.weight")[chunks]).sum(0)
        else:
            b = np.zeros(BITS) if special else bits_of(token)
            if variant == "add":
                row = (table("proj_mat_1.weight") @ b + table("proj_mat_2.weight") @ (1 - b)) / math.sqrt(BITS)
            else:
                w = table("proj_mat.weight")
                b, w = b - b.mean(), w - w.mean(1, keepdims=True)
                row = w @ b / (max(np.linalg.norm(b), 1e-8) * np.maximum(np.linalg.norm(w, axis=1), 1e-8))
        return row + table("special_token_embeddings.weight")[token[0] if special else 5]

    def layer(self, x, prefix):
        heads = self.config["num_attention_heads"]
        size = x.shape[1] // heads
        parts = (self.linear(x, f"{prefix}.attention.self.{name}") for name in ("query", "key", "value"))
        query, key, value = (part.reshape(len(x), heads, size).transpose(1, 0, 2) for part in parts)
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(size)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        context = scores / scores.sum(-1, keepdims=True) @ value
        context = self.linear(context.transpose(1, 0, 2).reshape(x.shape), f"{prefix}.attention.output.dense")
        x = self.norm(x + context, f"{prefix}.attention.output.LayerNorm")
        inner = self.linear(x, f"{prefix}.intermediate.dense")
        inner = inner * 0.5 * (1 + erf(inner / math.sqrt(2)))
        return self.norm(x + self.linear(inner, f"{prefix}.output.dense"), f"{prefix}.output.LayerNorm")

    def compute(self, tokens):
        """Embeddings, hidden states and logits."""
        positions = self.weights["embeddings.position_embeddings.weight"][2 : 2 + len(tokens)]
        kind = self.weights["embeddings.token_type_embeddings.weight"][0]
        embedded = np.stack([self.token(token) for token in tokens]) + positions + kind
        embedded = hidden = self.norm(embedded, "embeddings.LayerNorm")
        for i in range(self.config["num_hidden_layers"]):
            hidden = self.layer(hidden, f"encoder.layer.{i}")
        pooled = np.tanh(self.linear(hidden[0], "classifier.dense"))
        return embedded, hidden, self.linear(pooled, "classifier.out_proj")


def inputs_of(case, config):
    """What cases.json says of the tokens, special ones as tuples; where it can be told from the text, that it does."""
    tokens = tokens_of(case["text"])
    assert len(tokens) == case["attended"], case["text"]
    special = [isinstance(token, int) for token in tokens]
    if config["variant"] == "ngram":
        found = [features(token, config) for token in tokens if isinstance(token, str)]
        assert found == case["buckets"], case["text"]
        rest = iter(found)
    else:
        numbers = [number if isinstance(number, int) else int(number, 36) for number in case["ids"]]
        rest = iter([number for number, is_special in zip(numbers, special) if not is_special])
        if config["hash"] == "md5":
            codes = [digest("en", token) for token in tokens if isinstance(token, str)]
            ids = [code % config["buckets"] + 5 if config["variant"] == "emb" else code + 5 for code in codes]
            assert ids == [n for n, is_special in zip(numbers, special) if not is_special], case["text"]
    offset = 0 if config["variant"] in ("ngram", "emb") else 5
    given = [(token,) if isinstance(token, int) else next(rest) for token in tokens]
    return [one - offset if isinstance(one, int) else one for one in given]


failed = False
for folder in sorted(path.parent for path in HERE.glob("*/model.safetensors")):
    model = Model(folder)
    worst = 0
    for case in json.loads((folder / "cases.json").read_text()):
        embedded, hidden, logits = model.compute(inputs_of(case, model.config))
        for name, got in [
            ("embedding_first", embedded[0]),
            ("embedding_last", embedded[-1]),
            ("hidden_first", hidden[0]),
            ("hidden_last", hidden[-1]),
            ("logits", logits),
        ]:
            worst = max(worst, np.abs(np.array(case[name]) - got).max())
    failed |= worst > 1e-5
    print(f"{folder.name}: largest difference {worst:.1e}")
sys.exit("A file is not what this script computes." if failed else 0)
