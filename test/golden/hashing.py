"""Checks hashing.json, and with --write makes it anew: the hashes of tokens, by Python's hmac and numpy's legacy generator.

    python3 test/golden/hashing.py    (numpy 2.4.6, tokenizers 0.23.3)

The tokens are those of the file. HMAC-MD5 is Python's own; the pieces are the tokenizers library's with
roberta-bpe/tokenizer.json; `lsh` sums numpy.random.normal vectors that are seeded with the pieces' ids. The reference
implementation (HUIYINXUE/hashformer) gave the file first; this script shares no code with it.
"""

import hmac
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

FILE = Path(__file__).with_name("hashing.json")
BPE = Tokenizer.from_file(str(FILE.parent / "roberta-bpe" / "tokenizer.json"))
BUCKETS, SPECIALS, BITS = 50260, 5, 128


def pieces(text):
    """Byte-level pieces and their ids, without the special tokens."""
    encoding = BPE.encode(text, add_special_tokens=False)
    return list(zip(encoding.tokens, encoding.ids))


def spelt(token):
    """`w-w1-w2…`: the word, then the word with `-` after its first 1, 2, … characters."""
    return "-".join([token] + [f"{token[:i]}-{token[i:]}" for i in range(1, len(token))])


def lsh(token):
    """The 128 bits and the bucket."""
    found = Counter(pieces(spelt(token)))
    others = {piece: count for piece, count in found.items() if piece[0] != "-"}
    bits = np.zeros(BITS)
    scores = np.zeros(BUCKETS)
    np.random.seed(42)
    r = np.random.normal(0, 1, BUCKETS)
    every = np.arange(BUCKETS)
    sign = np.where(every < BUCKETS // 2, 1, -1)
    for (piece, index), count in (others or found).items():
        weight = count / max(len(token) + 1 - len(piece), 1)
        np.random.seed(index)
        bits += weight * np.random.normal(0, 1, BITS)
        scores += weight * sign * r[(index + every) % BUCKETS]
    code = "".join("1" if bit > 0 else "0" for bit in bits)
    return f"{int(code, 2):032x}", int(np.argmax(scores)) + SPECIALS


def entry(token):
    digest = hmac.new(b"en", token.encode(), "md5").hexdigest()
    code, bucket = lsh(token)
    return {
        "token": token,
        "md5": digest,
        "md5_bucket": int(digest, 16) % BUCKETS + SPECIALS,
        "bpe": [piece for piece, _ in pieces(token)],
        "lsh": code,
        "lsh_bucket": bucket,
    }


text = FILE.read_text()
made = json.dumps([entry(case["token"]) for case in json.loads(text)], indent=0, ensure_ascii=False)
if "--write" in sys.argv:
    FILE.write_text(made)
elif json.loads(made) != json.loads(text):
    for got, expected in zip(json.loads(made), json.loads(text)):
        if got != expected:
            print(got, expected, sep="\n")
    sys.exit("hashing.json is not what this script makes.")
else:
    print(f"hashing.json: {len(json.loads(text))} tokens, all as they are made here; same bytes: {made == text}")
