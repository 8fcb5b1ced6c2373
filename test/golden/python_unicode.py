"""Writes python-unicode.json: what Python 3.11 (Unicode 14) says of every code point.

Regenerate with `python3.11 test/golden/python_unicode.py`. It takes some seconds, asks `re`, `unicodedata` and
`str.lower()` only, and never reads our tables.

- `runs`: one string of `<class><length>`, from U+0000 to U+10FFFF, lengths in base 36. The class is two capitals, one for
  the kind (W: matches \\w; S: matches \\s; M: category M, or a joiner; O: none of these), one for what Final_Sigma
  sees (I: skipped; C: cased and not skipped; N: neither).
- `lower`: [code point, lower case] of every character that `str.lower()` of it alone changes.
"""

import json
import re
import string
import sys
import unicodedata
from pathlib import Path

assert unicodedata.unidata_version == "14.0.0", "Python 3.11 is needed, for Unicode 14"

DIGITS = string.digits + string.ascii_lowercase
FINAL = "\u03c2"


def kind(c):
    if re.match(r"\w", c):
        return "W"
    if re.match(r"\s", c):
        return "S"
    return "M" if unicodedata.category(c)[0] == "M" or c in "\u200c\u200d" else "O"


def context(c):
    """Asks str.lower() itself: the properties Cased and Case_Ignorable are not exposed."""
    if (c + "\u03a3").lower()[-1] == FINAL:
        return "C"
    return "I" if ("A" + c + "\u03a3").lower()[-1] == FINAL else "N"


def base36(n):
    return (base36(n // 36) if n >= 36 else "") + DIGITS[n % 36]


runs = []
lower = []
for code_point in range(sys.maxunicode + 1):
    c = chr(code_point)
    name = kind(c) + context(c)
    if runs and runs[-1][0] == name:
        runs[-1][1] += 1
    else:
        runs.append([name, 1])
    if c.lower() != c:
        lower.append([code_point, c.lower()])

golden = {"runs": "".join(name + base36(length) for name, length in runs), "lower": lower}
Path(__file__).with_name("python-unicode.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
