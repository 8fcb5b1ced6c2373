"""Writes pretrain/<model>.gz: what the reference implementation learns in eight steps from `texts` of cases.json.

Regenerate with `python3.11 test/golden/pretrain.py REFERENCE`, a folder whose models/<variant>-<hash>/ hold
pretrain.json and, in safetensors, the parameters before the first step (pretrain-init), the gradients there
(pretrain-grads) and the parameters after eight steps (pretrain-after8), under PyTorch 1.13 in float32.

A file is a line of JSON and behind it, byte planes (the first byte of every number, then the second …, as gzip likes
it) of the rows that are kept, of all tensors in their order:
- `init`, float32: exact;
- `scale`, float32, one a row, and `gradient`, int16: gradient = scale * int16, within 4e-5 of each tensor's norm;
- `change`, int16, in steps of 2^-18: after = init + change, within 2e-6.
Left out are rows of matrices that the texts do not reach: without a gradient, they only decay. Row 0 of the component
table (`pool`) has none either, but is read, and kept.
"""

import array
import gzip
import json
import struct
import sys
from pathlib import Path

STEP = 2**-18


def read(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        numbers = array.array("f", data[8 + length + begin : 8 + length + end])
        width = entry["shape"][-1]
        rows = [numbers[i : i + width] for i in range(0, len(numbers), width)]
        tensors[name] = (entry["shape"], rows)
    return tensors


def planes(numbers):
    data = numbers.tobytes()
    return b"".join(data[i :: numbers.itemsize] for i in range(numbers.itemsize))


def pack(folder):
    init, grads, after = (read(folder / f"pretrain-{part}.safetensors") for part in ("init", "grads", "after8"))
    tensors = []
    inits, scales = array.array("f"), array.array("f")
    gradients, changes = array.array("h"), array.array("h")
    for name, (shape, rows) in init.items():
        reached = [i for i, row in enumerate(grads[name][1]) if any(row) or len(shape) == 1]
        if name.endswith("component_embeddings.weight"):
            reached.insert(0, 0)
        tensor = {"name": name, "shape": shape}
        if len(reached) < len(rows):
            tensor["rows"] = reached
        tensors.append(tensor)
        for i in reached:
            inits.extend(rows[i])
            gradient = grads[name][1][i]
            scale = max(map(abs, gradient)) / 32767
            scales.append(scale)
            gradients.extend(round(g / scale) if scale else 0 for g in gradient)
            changes.extend(round((b - a) / STEP) for a, b in zip(rows[i], after[name][1][i]))
    golden = json.loads((folder / "pretrain.json").read_text())
    header = json.dumps({**golden, "tensors": tensors}, separators=(",", ":")).encode()
    return header + b"\n" + b"".join(map(planes, (inits, scales, gradients, changes)))


out = Path(__file__).with_name("pretrain")
out.mkdir(exist_ok=True)
for folder in sorted(Path(sys.argv[1], "models").iterdir()):
    (out / f"{folder.name}.gz").write_bytes(gzip.compress(pack(folder), 9, mtime=0))
