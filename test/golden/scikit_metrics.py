"""Writes scikit-metrics.json: random labels and predictions, and what scikit-learn and scipy measure of them.

Regenerate with `python3 test/golden/scikit_metrics.py` (scikit-learn 1.9.1, scipy 1.17.1). Correlations of constants,
which scipy leaves undefined, are 0.
"""

import json
import math
import random
import warnings
from pathlib import Path

import numpy as np
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, matthews_corrcoef, mean_squared_error
from sklearn.utils.class_weight import compute_class_weight

warnings.simplefilter("ignore")
draw = random.Random(4)


def classes(count, size):
    """Labels of a random distribution; now and then of one class only."""
    weights = [draw.random() ** 3 + 1e-3 for _ in range(count)]
    if draw.random() < 0.1:
        weights = [1.0 if i == 0 else 0.0 for i in range(count)]
        draw.shuffle(weights)
    return draw.choices(range(count), weights, k=size)


def noisy(gold, count):
    right = draw.random()
    other = classes(count, len(gold))
    return [g if draw.random() < right else o for g, o in zip(gold, other)]


def micro_without_first(gold, predicted, count):
    return f1_score(gold, predicted, labels=list(range(1, count)), average="micro", zero_division=0)


def classification():
    count = draw.choice([2, 2, 2, 3, 4, 7])
    gold = classes(count, draw.randint(1, 30))
    predicted = noisy(gold, count) if draw.random() < 0.9 else classes(count, len(gold))
    present = sorted(set(gold))
    return {
        "classes": count,
        "gold": gold,
        "predicted": predicted,
        "confusion": confusion_matrix(gold, predicted, labels=list(range(count))).tolist(),
        "accuracy": accuracy_score(gold, predicted),
        "binary": f1_score(gold, predicted, labels=[1], average="macro", zero_division=0),
        "macro": f1_score(gold, predicted, average="macro", zero_division=0),
        "micro": f1_score(gold, predicted, average="micro", zero_division=0),
        "without_first": micro_without_first(gold, predicted, count),
        "matthews": float(matthews_corrcoef(gold, predicted)),
        "weights": dict(zip(present, compute_class_weight("balanced", classes=np.array(present), y=gold).tolist())),
    }


def numbers(size):
    kind = draw.choice(["float", "ties", "large", "constant", "offset"])
    if kind == "float":
        return [round(draw.gauss(0, 3), 4) for _ in range(size)]
    if kind == "ties":
        return [draw.randint(0, 10) / 2 for _ in range(size)]
    if kind == "large":
        return [draw.randint(-9, 9) * 1e12 for _ in range(size)]
    if kind == "offset":
        return [1e6 + draw.randint(0, 99) / 4 for _ in range(size)]
    return [0.1] * size


def correlation(function, a, b):
    if len(a) < 2:
        return 0.0
    value = float(function(a, b)[0])
    return 0.0 if math.isnan(value) else value


def regression():
    gold = numbers(draw.randint(1, 30))
    predicted = numbers(len(gold))
    if draw.random() < 0.5:
        predicted = [round(g * 0.5 + p * draw.random(), 5) for g, p in zip(gold, predicted)]
    constant = len(set(gold)) == 1 or len(set(predicted)) == 1
    return {
        "gold": gold,
        "predicted": predicted,
        "pearson": 0.0 if constant else correlation(pearsonr, gold, predicted),
        "spearman": 0.0 if constant else correlation(spearmanr, gold, predicted),
        "mse": mean_squared_error(gold, predicted),
    }


def multilabel():
    labels = draw.randint(2, 6)
    density = draw.random()
    row = lambda: [int(draw.random() < density) for _ in range(labels)]
    gold = [row() for _ in range(draw.randint(1, 12))]
    predicted = [g if draw.random() < 0.5 else row() for g in gold]
    return {
        "labels": labels,
        "gold": gold,
        "predicted": predicted,
        "micro": f1_score(gold, predicted, average="micro", zero_division=0),
        "macro": f1_score(gold, predicted, average="macro", zero_division=0),
        "exact": accuracy_score(gold, predicted),
    }


def token():
    count = draw.randint(2, 5)
    lengths = [draw.randint(0, 8) for _ in range(draw.randint(1, 5))] + [3]
    gold, predicted = [], []
    for length in lengths:
        labels = classes(count, length)
        predicted.append(noisy(labels, count))
        gold.append([-100 if draw.random() < 0.2 else label for label in labels])
    gold[-1][0] = 0
    counted = [(g, p) for gs, ps in zip(gold, predicted) for g, p in zip(gs, ps) if g != -100]
    flat_gold, flat_predicted = map(list, zip(*counted))
    return {
        "classes": count,
        "gold": gold,
        "predicted": predicted,
        "accuracy": accuracy_score(flat_gold, flat_predicted),
        "macro": f1_score(flat_gold, flat_predicted, average="macro", zero_division=0),
        "without_first": micro_without_first(flat_gold, flat_predicted, count),
    }


cases = {
    "classification": [classification() for _ in range(150)],
    "regression": [regression() for _ in range(150)],
    "multilabel": [multilabel() for _ in range(60)],
    "token": [token() for _ in range(60)],
}
parts = []
for name, list_ in cases.items():
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in list_)
    parts.append(f'"{name}":[\n{lines}\n]')
joined = ",\n".join(parts)
Path(__file__).with_name("scikit-metrics.json").write_text(f"{{\n{joined}\n}}\n")
