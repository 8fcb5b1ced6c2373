"""What docs/hosts/classify.py computes of all texts of a JSON file, as f32: hosts.py WASM TEXTS MODEL WIDTH EXPORT ARGUMENT..."""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "hosts"))
from classify import Model

wasm, texts, folder, width, emit, *arguments = sys.argv[1:]
model = Model(folder, wasm)
for text in json.loads(Path(texts).read_text("utf-8")):
    sys.stdout.buffer.write(model.run(text, int(width), emit, *map(int, arguments)))
