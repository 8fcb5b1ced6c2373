"""Classifies texts by a HashFormer without JavaScript, in Python over wasmtime. docs/abi.md explains every call.

    pip install wasmtime safetensors
    python classify.py FOLDER simd.wasm "a gorgeous, witty, seductive movie"

FOLDER holds config.json and model.safetensors as the package saves them, of any variant that hashes tokens by their text
(not the hash `lsh`, not `vocab`), in either layout. Numbers and names of tensors are those of abi.json, which lies beside
the wasm file. Tokens are the package's under Python 3.11, whose Unicode is 14; other versions know more, or fewer."""

import json, re, struct, sys
from pathlib import Path
from safetensors import deserialize
from wasmtime import Engine, Instance, Module, Store


class Model:
    def __init__(self, folder, wasm):
        self.config = c = json.loads(Path(folder, "config.json").read_text("utf-8"))
        self.abi = abi = json.loads(Path(wasm).with_name("abi.json").read_text("utf-8"))
        self.store, self.layers = Store(), c["num_hidden_layers"]
        self.exports = Instance(self.store, Module.from_file(self.store.engine, wasm), []).exports(self.store)
        known = (self.call("abiVersion"), self.call("probe")) == (abi["abi_version"], 1)
        assert known, f"This host cannot use {wasm}."
        runs = c["variant"] != "vocab" and c["hash"] != "lsh" and c["tokenizer"] == "reference"
        assert runs and c["variant"] in abi["variants"], f"This host cannot run {folder}."
        block = b"".join(struct.pack("<f" if f["type"] == "f32" else "<i", self.number(f)) for f in abi["encoder"])
        self.enough("configureEncoder", self.stage(block), len(block) // 4)
        features = c["variant"] == "ngram"
        self.marked = features or c["hash"] == "simhash"  # By n-grams, which see the marks around a token.
        grams = (c["ngram_range"] if self.marked else None) or (0, 0)
        self.call("configureEmbedding", abi["variants"][c["variant"]], c["embedding_size"])
        most = c["max_ngrams"] if grams[1] else 0
        self.enough("configureHash", abi["hashes"][c["hash"]], c["buckets"], *grams, most, int(c["boundary_marks"]))
        for key in c["hash_keys"] + [c["ngram_key"]] * (grams[1] > 0) if features else [c["hash_key"]]:
            self.enough("addKey", self.stage(key.encode()), len(key.encode()))
        self.load(dict(deserialize(Path(folder, "model.safetensors").read_bytes())))
        self.enough("finish", c["max_position_embeddings"])

    def call(self, name, *arguments):
        return self.exports[name](self.store, *arguments)

    def enough(self, name, *arguments):
        assert (result := self.call(name, *arguments)) != 0, f"{name}: no memory left, or a result is not finite."
        return result & 0xFFFFFFFF  # Addresses are unsigned.

    def stage(self, data):
        self.exports["memory"].write(self.store, data, address := self.enough("stage", len(data)))
        return address

    def number(self, field):
        """A field of the encoder's block: one of config.json, or the number of what its architecture chooses."""
        if "field" in field: return self.config.get(field["field"], field.get("default"))
        return field["choices"][self.config.get("architecture", {}).get(field["part"], field["default"])]

    def size(self, size):
        if isinstance(size, list): return self.size(size[0]) + size[1]
        if size == "head_size": return self.config["hidden_size"] // self.config["num_attention_heads"]
        value = self.config[size] if isinstance(size, str) else size
        return len(value) if isinstance(value, list) else value

    def load(self, file):
        key = "name" if "embedding.norm.weight" in file else "reference"
        prefix = next((p for p in self.abi["prefixes"] if f"{p}embeddings.LayerNorm.weight" in file), "")
        specs = [(t, n) for t in self.abi["tensors"] if self.config["variant"] in t["variants"]
                 for n in range(self.layers if t["every_layer"] else 1)]
        spell, stores = lambda names, n: names[key].replace("*", prefix).replace("{layer}", str(n)), []
        for t, n in specs:
            place, names = (t["slot"], n), [spell(part, n) for part in t["parts"]]
            if t["optional"] and names[0] not in file: continue  # The model has no such head, or no projection.
            shape = [self.size(t["rows"]), self.size(t["width"])]
            for name in names:
                assert list(file[name]["shape"]) == shape[-len(file[name]["shape"]):], f"{name} is not {shape}."
            int8 = int(t["int8"] and all(file[name]["dtype"] == "I8" for name in names))
            if t["create"] == "table":
                self.enough("createTable", *place, *shape, int8)
                stores.append(("storeTableRows", place, names[0], (0, shape[0])))
                continue
            groups = self.size(t["output_group"]), self.size(t["input_group"])
            self.enough("createLinear", *place, len(names), *shape, *groups, int8)
            for part, name in enumerate(names):
                stores.append(("storeLinearRows", (*place, part), name, (0, shape[0])))
                if bias := t["parts"][part]["bias"]:
                    stores.append(("storeBias", (*place, part), spell(bias, n), (shape[0],)))
        for export, place, name, rows in stores:
            address = self.stage(file.get(f"{name}_scale", {"data": b""})["data"] + file[name]["data"])
            assert self.call(export, *place, self.abi["dtypes"][file[name]["dtype"]], *rows, address) == 0, name

    def run(self, text, width, emit, *arguments):
        """What an export `emit…` says of a text: `width` numbers (f32), as bytes."""
        tokens = re.findall(r"\w+|[^\w\s]+", text.lower())[: self.config["max_length"] - 2]
        joined = "\n".join(f"<{token}>" if self.marked else token for token in tokens)
        joined = re.sub("[\ud800-\udfff]", "\ufffd", joined).encode()
        self.enough("prepare", len(tokens), len(joined), rows := len(tokens) + 2, 1, rows, 0, width, width)
        ids, starts = struct.pack(f"<{rows}i", 0, *[-1] * len(tokens), 2), struct.pack("<2i", 0, rows)
        for region, data in ("TEXT", joined), ("ROWS", ids), ("STARTS", starts):
            self.exports["memory"].write(self.store, data, self.region(region))
        if tokens:
            self.call("splitText", len(joined)), self.call("hashTokens")
        self.call("embed"), self.call("encode", self.layers), self.enough(emit, *arguments)
        return self.exports["memory"].read(self.store, address := self.region("OUTPUT"), address + 4 * width)

    def region(self, name):
        return self.call("region", self.abi["constants"][name]) & 0xFFFFFFFF

    def classify(self, text):
        count = len(labels := list(self.config["id2label"].values()))
        address, stride = self.stage(self.run(text, count, "emitLogits") + bytes(12)), (count + 3) // 4 * 16
        self.call("softmax", address, 1, count, stride)
        scores = self.exports["memory"].read(self.store, address, address + 4 * count)
        return max(zip(struct.unpack(f"<{count}f", scores), labels))


if __name__ == "__main__":
    model = Model(sys.argv[1], sys.argv[2])
    for text in sys.argv[3:]:
        print(*model.classify(text), text, sep="\t")
