"""Classifies texts by a HashFormer without JavaScript, in Python over wasmtime. docs/abi.md explains every call.

    pip install wasmtime safetensors
    python classify.py FOLDER simd.wasm "a gorgeous, witty, seductive movie"

FOLDER holds config.json and model.safetensors as the package saves them: variant `ngram`, the reference's names. Tokens
are the package's under Python 3.11, whose Unicode is 14; other versions know more characters, or fewer."""

import json, re, struct, sys
from safetensors import deserialize
from wasmtime import Engine, Instance, Module, Store

# By prefix: Table, Vector or Linear layer; its slot; its tensors, less ".weight".
TENSORS = {
    "roberta.embeddings.": "T 0 bucket_embeddings; T 1 special_token_embeddings; T 2 position_embeddings; "
    "T 3 token_type_embeddings; V 4 LayerNorm; V 5 LayerNorm.bias; L 9 embedding_projection",
    "roberta.encoder.layer.N.": "L 14 attention.self.query attention.self.key attention.self.value; "
    "L 15 attention.output.dense; V 16 attention.output.LayerNorm; V 17 attention.output.LayerNorm.bias; "
    "L 18 intermediate.dense; L 19 output.dense; V 20 output.LayerNorm; V 21 output.LayerNorm.bias",
    "": "L 10 classifier.dense; L 11 classifier.out_proj; L 12 sentence_projection",
}


class Model:
    def __init__(self, folder, wasm):
        self.config = c = json.load(open(f"{folder}/config.json", encoding="utf-8"))
        self.store, self.layers = Store(), c["num_hidden_layers"]
        self.exports = Instance(self.store, Module.from_file(self.store.engine, wasm), []).exports(self.store)
        assert self.call("abiVersion") == self.call("probe") == 1, f"This host cannot use {wasm}."
        assert c["variant"] == "ngram" and c["tokenizer"] == "reference", f"This host cannot run {folder}."
        sizes = c["num_attention_heads"], c["intermediate_size"], c.get("first_position", 2), c["layer_norm_eps"]
        self.enough("configureEncoder", c["hidden_size"], self.layers, *sizes)
        self.call("configureEmbedding", 4, c["embedding_size"])
        self.enough("configureHash", 0, c["buckets"], *(c["ngram_range"] or (0, 0)), c["max_ngrams"], 1)
        for key in c["hash_keys"] + ([c["ngram_key"]] if c["ngram_range"] else []):
            self.enough("addKey", self.stage(key.encode()), len(key.encode()))
        self.load(dict(deserialize(open(f"{folder}/model.safetensors", "rb").read())))
        self.enough("finish", c["max_position_embeddings"])

    def call(self, name, *arguments):
        return self.exports[name](self.store, *arguments)

    def enough(self, name, *arguments):
        assert (result := self.call(name, *arguments)) != 0, f"{name}: no memory left, or a result is not finite."
        return result & 0xFFFFFFFF  # Addresses are unsigned.

    def stage(self, data):
        self.exports["memory"].write(self.store, data, address := self.enough("stage", len(data)))
        return address

    def load(self, file):
        head, stores = self.config["hidden_size"] // self.config["num_attention_heads"], []
        specs = [(prefix.replace("N", str(n)), n, spec.split()) for prefix, specs in TENSORS.items()
                 for n in range(self.layers if "N" in prefix else 1) for spec in specs.split(";")]
        for prefix, n, (kind, slot, *names) in specs:
            place, names = (int(slot), n), [f"{prefix}{name}.weight".replace("bias.weight", "bias") for name in names]
            if names[0] not in file: continue  # The model has no such head, or no projection.
            rows, width = [1, *file[names[0]]["shape"]][-2:]
            int8 = int(kind != "V" and all(file[name]["dtype"] == "I8" for name in names))
            if kind == "L":
                groups = head * (slot == "14"), head * (slot == "15")  # Where channels are heads.
                self.enough("createLinear", *place, len(names), rows, width, *groups, int8)
                for part, name in enumerate(names):
                    stores.append(("storeLinearRows", (*place, part), name, (0, rows)))
                    stores.append(("storeBias", (*place, part), name.removesuffix("weight") + "bias", (rows,)))
            else:
                self.enough("createTable", *place, rows, width, int8)
                stores.append(("storeTableRows", place, names[0], (0, rows)))
        for export, place, name, rows in stores:
            if name in file:  # The projection of embeddings has no bias.
                address = self.stage(file.get(f"{name}_scale", {"data": b""})["data"] + file[name]["data"])
                type = ["F32", "F16", "BF16", "I8"].index(file[name]["dtype"])
                assert self.call(export, *place, type, *rows, address) == 0, f"{name} is not finite."

    def run(self, text, width, emit, *arguments):
        """What an export `emit…` says of a text: `width` numbers (f32), as bytes."""
        tokens = re.findall(r"\w+|[^\w\s]+", text.lower())[: self.config["max_length"] - 2]
        joined = re.sub("[\ud800-\udfff]", "\ufffd", "\n".join(f"<{token}>" for token in tokens)).encode()
        self.enough("prepare", len(tokens), len(joined), rows := len(tokens) + 2, 1, rows, 0, width, width)
        ids, starts = struct.pack(f"<{rows}i", 0, *[-1] * len(tokens), 2), struct.pack("<2i", 0, rows)
        for region, data in (0, joined), (2, ids), (3, starts):
            self.exports["memory"].write(self.store, data, self.call("region", region) & 0xFFFFFFFF)
        if tokens:
            self.call("splitText", len(joined)), self.call("hashTokens")
        self.call("embed"), self.call("encode", self.layers), self.enough(emit, *arguments)
        address = self.call("region", 9) & 0xFFFFFFFF
        return self.exports["memory"].read(self.store, address, address + 4 * width)

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
