"""Writes python-tokens.json: tricky texts, and how Python 3.11 (Unicode 14) lower-cases and cuts them.

Regenerate with `python3.11 test/golden/python_tokens.py`. Each case is {text, reference, unicode?}: both kinds are
[tokens, starts, ends] with offsets in UTF-16 code units of the text before lower-casing; `unicode` is left out where
it equals `reference`. The file is ASCII: lone surrogates stay escaped.
"""

import json
import random
import re
import sys
import unicodedata
from pathlib import Path

assert unicodedata.unidata_version == "14.0.0", "Python 3.11 is needed, for Unicode 14"

MARKS = "".join(chr(c) for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c))[0] == "M")
REFERENCE = re.compile(r"\w+|[^\w\s]+")
UNICODE = re.compile(r"\w[\w" + MARKS + "\u200c\u200d]*" + r"|[^\w\s]+")

SIGMA = """Σ|ΣΣ|ΣΑΣ|ΑΣ|ΑΣΑ|ΟΔΥΣΣΕΥΣ|ΟΔΟΣ ΟΔΟΣ|Α'Σ|Α.Σ|Α:Σ|Α Σ|Α_Σ|Α1Σ|1Σ|'Σ|ΑΣ'|ΑΣ'Β|ΑΣ' Β|ΑΣ.Β|ΑΣ.|ΑΣ:Β:|ΑΣ!Β
ΑΣ\u0301|Α\u0301Σ|ΑΣ\u0301Α|\u0301Σ|ΑΣ\u00adΑ|Α\u00adΣ|ΑΣ\u200dΑ|ΑΣ\u200d|AΣ|aΣ|ªΣ|ʰΣ|AʰΣ|AΣʰ|AΣʰb|\u0345Σ|A\u0345Σ|AΣ\u0345|AΣ\u0345A
中Σ|Α中Σ|ΑΣ中|ⒶΣ|ΑΣⒶ|ⅧΣ|ΑΣⅧ|ΑΣ^Α|ΑΣ`Α|ΑΣ\u00b7Α|ΑΣ\u2019Α|ΑΣ\u2019|ΑΣ’ ΑΣ|\U00010400Σ|Σ\U00010400|A\U0001F3FDΣ|AΣ\U0001F3FDA
A\U000E0020Σ|AΣ\U000E0100|AΣ\U000E0100A|\U0001F130Σ|AΣ\U0001F130|İΣ|ΣİΣ|ΑΣİ|ΑΣ\x00|ΑΣ\x00Α|ΑΣ\ufeffΑ|Α\ufeffΣ|ΑΣ\t|Α\tΣ|ςΣσ|ΑΣς
ΑΣ''''''''Α|Α''''''''Σ|''''''''Σ|Σ''''''''|ΑΣ.'.'|ΣΑΣ ΣΑΣ ΣΑΣ|ΑΣ\U0001F600|\U0001F600Σ|ΑΣ\U00016E40|\U00016E40Σ|\U000118A0Σ\U000118A0"""
CASES = """İ|İİ|aİb|İstanbul|DİYARBAKIR|!İ!|İ!|!İ|İ\u0301|İ_|_İ|1İ1|İ İ|İ\u200d|\u0307İ|i\u0307|I\u0307|ıI|ﬀﬁ|ß|ẞ|ŉ|ǅ Ǆ ǆ|ΐ|ᾈ ᾼ ῌ|ʼN
K Å Ω|ϴ ẞ ϒ|Ꭰ Ᏽ ꭰ|Ა ა Ꭿ|Ⓐ ⓐ Ⅷ|Ａｂｃ１２３！|\U00010400\U00010428|\U0001D400\U0001D7CE|\U0001E900\U0001E922|Ɐ Ɫ Ꟈ|Ɜ \ua7cb \ua7cc|\u2c2f \u2c5f
ПРИВЕТ мир|Ёж, ёЖ|ΚΑΛΗΜΈΡΑ|ÀÉÎÕÜ ÿŸ|A\u0300E\u0301|NAÏVE Café CAFE\u0301|HeLLo WoRLD É|ÉCOLE|aÉb|AéB|Ébc"""
SCRIPTS = """नमस्ते दुनिया|हिन्दी में पाठ|क्\u200dष क्\u200cष|र्\u200d|सवाल?|१२३|বাংলা ভাষা|தமிழ் மொழி|ภาษาไทย|สวัสดีครับ|กำลัง|ລາວ|မြန်မာ|ភាសាខ្មែរ
العَرَبِيَّة|مرحبا، كيف؟|می\u200cخواهم|עִבְרִית|שלום|한국어|\u1112\u1161\u11ab|日本語テキスト、です。|中文，分词。|か\u3099が|ｶﾞ|བོད་སྐད|አማርኛ።|ᠮᠣᠩᠭᠣᠯ\u180eᠠ
𐌰𐌱𐌲|𒀀𒁀|𐎀𐎁|\U00020000\U0002A6D6\U0003134A\U0003134B|㐀龥\u9fff\ua000|x² ½ ¼ Ⅷ ٣٤ ① ㊀ 〇|৴৵ ௰ ፲ ᛮ|__init__ a_b _ ‿ ⁀|٠_١"""
EMOJI = """🙂|🙂🙂|👍🏽|👨\u200d👩\u200d👧\u200d👦|❤️|❤\ufe0f\u200d🔥|🏳\ufe0f\u200d🌈|1\ufe0f\u20e3|#\ufe0f\u20e3 *\u20e3|🇩🇪🇫🇷|a🙂b|🙂a|a\u200d🙂|a\ufe0f🙂|🙂\ufe0fa
🏴\U000E0067\U000E0062\U000E007F|ok👍🏽ok|©\ufe0f®|™x|!\u0301|!\u0301a|a!\u0301b| \u0301|a \u0301b|\u0301|\u0301a|\u200d|\u200c|\u200da|a\u200d b|\u200d\u200d|🙂\u0301\u0302x\u0301"""
SPACES = """a\x1cb|a\x1db|a\x1eb|a\x1fb|a\x1bb|a\x20b|a\x85b|a\xa0b|a\u1680b|a\u180eb|a\u2000b|a\u200ab|a\u200bb|a\u2028b|a\u2029b|a\u202fb|a\u205fb|a\u2060b
a\u3000b|a\ufeffb|\ufeffa|\ufeff|a\ufeff|\ufeff\ufeff!|a\x00b|\x00|\x00\x00|a\x00|!\x00!|\x7f|a\x7fb|\x80\x9f|a\x0bb|a\x0cb|\t\r\v\f| a | \x85|  |\x1c\x1d\x1e\x1f|a\xadb|\xad"""
PLAIN = """Hello, World!!|don't  stop|a_b-c.d,e|...---...|C++ & C# are #1|e-mail: A.B@Example.COM|http://x.y/?q=1&r=%20|@#$%^|`tick` ~ ^|[a](b){c}<d>
"quoted" 'single'|Z[\\]^_`a{z}~|@AZ[`az{/09:|3.14 1,000 1e-5|\ud800|\udc00|a\ud800|\ud800a|a\udfffb|\udbff!|!\udc00\udc00|\udc00\ud800|\ud800\ud800\udc00|\ud83d A|Σ\ud800|ΑΣ\ud800Α|Α\ud800Σ|Α\udc00Σ"""

ALPHABETS = [
    "ΣσςΑαA'.:\u0301\u00ad\u0345ʰ !1_\U00010400\U000E0100",
    "İiIıAa\u0307\u0301 !._1ΣÉé",
    "नमसतेि्ुक\u200d\u200c1 ।aB",
    "🙂👍\U0001F3FD\u200d\ufe0f\u20e31#aA !\u0301",
    "aB1_-' \t\x85\xa0\x1c\x00\ufeff\u200b\u3000\ud800\udc00É",
    "ПривЕТМІРЁё -,.абв",
    "\U00010400\U0001D400\U0001E900\U00020000\U0001F130\u2c2fa! ǅẞ",
]


def utf16(text):
    """As JavaScript sees it: two halves that meet are one character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def offsets(text):
    """For each character of the lower-cased text, where its origin begins and ends, in UTF-16 code units."""
    origins = []
    at = 0
    for c in text:
        end = at + (2 if ord(c) > 0xFFFF else 1)
        origins += [(at, end)] * len(c.lower())
        at = end
    return origins


def pieces(text, pattern):
    lower = text.lower()
    origins = offsets(text)
    assert len(lower) == len(origins)
    spans = [match.span() for match in pattern.finditer(lower)]
    return [
        [lower[start:end] for start, end in spans],
        [origins[start][0] for start, _ in spans],
        [origins[end - 1][1] for _, end in spans],
    ]


def random_texts():
    draw = random.Random(14)
    for alphabet in ALPHABETS:
        for _ in range(25):
            yield "".join(draw.choice(alphabet) for _ in range(draw.randint(1, 14)))
    every = "".join(ALPHABETS)
    for _ in range(25):
        yield "".join(draw.choice(every) for _ in range(draw.randint(5, 20)))


listed = [text for block in (SIGMA, CASES, SCRIPTS, EMOJI, SPACES, PLAIN) for text in re.split(r"[|\n]", block)]
cases = []
for text in dict.fromkeys(utf16(text) for text in ["", *listed, *random_texts()]):
    case = {"text": text, "reference": pieces(text, REFERENCE)}
    marked = pieces(text, UNICODE)
    if marked != case["reference"]:
        case["unicode"] = marked
    cases.append(case)

lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
Path(__file__).with_name("python-tokens.json").write_text(f"[\n{lines}\n]\n")
