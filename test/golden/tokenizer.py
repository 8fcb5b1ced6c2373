"""Checks tokenizer.json, and with --write makes it anew: texts, their tokens, and the ids of HMAC-MD5.

    python3.11 test/golden/tokenizer.py    (Unicode 14, the standard library alone)

The texts are those of the file. They are lower-cased and cut by Python's `re`; ids are md5_bucket of hashing.py, and a
long text or pair is cut as the reference cuts it. The reference implementation (HUIYINXUE/hashformer) gave the file
first; this script shares no code with it.
"""

import hmac
import json
import re
import sys
import unicodedata
from pathlib import Path

assert unicodedata.unidata_version == "14.0.0", "Python 3.11 is needed, for Unicode 14"

FILE = Path(__file__).with_name("tokenizer.json")


def cut(text):
    return re.findall(r"\w+|[^\w\s]+", text.lower())


def bucket(token):
    return int(hmac.new(b"en", token.encode(), "md5").hexdigest(), 16) % 50260 + 5


def ids(tokens):
    return [bucket(token) for token in tokens]


def entry(text, length):
    if isinstance(text, str):
        tokens = cut(text)
        return tokens, [0, *ids(tokens[: length - 2]), 2]
    first, second = map(cut, text)
    tokens = [first, second]
    if len(first) + len(second) > length - 4:
        half = length // 2 - 2
        if min(len(first), len(second)) >= half:
            first, second = first[:half], second[:half]
        elif len(first) > len(second):
            first = first[: length - 4 - len(second)]
        else:
            second = second[: length - 4 - len(first)]
    return tokens, [0, *ids(first), 2, 2, *ids(second), 2]


text = FILE.read_text()
cases = json.loads(text)
made = []
for case in cases:
    tokens, numbers = entry(case["text"], case["max_length"])
    made.append({"text": case["text"], "max_length": case["max_length"], "tokens": tokens, "ids": numbers})
if "--write" in sys.argv:
    FILE.write_text(json.dumps(made, indent=0, ensure_ascii=False))
elif made != cases:
    for got, expected in zip(made, cases):
        if got != expected:
            print(got, expected, sep="\n")
    sys.exit("tokenizer.json is not what this script makes.")
else:
    same = json.dumps(made, indent=0, ensure_ascii=False) == text
    print(f"tokenizer.json: {len(cases)} cases, all as they are made here; same bytes: {same}")
