"""Writes python-pieces.json: what Hugging Face's tokenizers give for texts and pairs, with the tokenizer.json files here.

Run in this folder: pip install tokenizers==0.23.3, then python python_pieces.py
"""

import json
import random

from tokenizers import Tokenizer

TEXTS = [
    "", " ", "\t\n\r", "Hello, world!", "It's not bad; we'll see -- isn't it?", "ΟΔΟΣ Σίσυφος ΑΣ", "İstanbul IĞDIR ıI",
    "𠀀𠀁 漢字𫝀x", "👩‍👩‍👧‍👦 🇩🇪 e\u0301", "a\ufeffb", "x\u0085y z\u2028w", "\u00a0nb", "ＦＵＬＬ", "ﬁ ligature", "Straße ẞ",
    "नमस्ते दुनिया", "สวัสดี", "한국어 각", "\u200bzero\u200dw", "[CLS] a [SEP] b[MASK]", "a" * 100, "a" * 101,
    "  multiple   spaces  ", "1234 ½ ²", "ǅ ǆ", "Ω Å K", "a\u0000b", "a\ufffdb", "\x7f", "\ue000", "a\u0378b",
    '"quoted" — dash … ‽', "$^`|~+<=>", "₿ € ¥", "∑∏", "ạ̈", "ﷺ", "\u3000ideo\u3000space", "々〆ヶ", "\U0002f800",
    "don't DON'T", "the man is eating an apple in the old house " * 6,
]

numbers = random.Random(5)
WORDS = ["man", "eating", "exemplary", "x", "no", "food,"]


def words(count):
    return " ".join(numbers.choice(WORDS) for _ in range(count))


PAIRS = [["", ""], ["one", ""], ["", "two"], ["A man eats.", "He eats!"]]
PAIRS += [[words(a), words(b)] for a, b in [(1, 60), (60, 1), (9, 9), (10, 11), (40, 40), (40, 41), (18, 20), (20, 18)]]

cases = {}
for name in ["bert-random", "roberta-bpe"]:
    tokenizer = Tokenizer.from_file(f"{name}/tokenizer.json")
    # roberta-bpe has no post-processor: only what is between special tokens can be compared.
    given = TEXTS + (PAIRS if name == "bert-random" else [])
    encodings = [tokenizer.encode(*(text if isinstance(text, list) else [text])) for text in given]
    cases[name] = [
        {"text": text, "ids": encoding.ids, "types": encoding.type_ids} for text, encoding in zip(given, encodings)
    ]

with open("python-pieces.json", "w", encoding="utf-8") as file:
    json.dump(cases, file, separators=(",", ":"))
    file.write("\n")
