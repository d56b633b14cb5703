#!/usr/bin/env python3
"""Letter pair tables: pairs.py DEV.jsonl CATALOGUES.tsv.gz OUT.bin [--fold 9]

How surprising one letter is after another, for each language, as -16 ln p in a byte. The decoder weighs encodings with
it, the repairs weigh readings of a word. Shape of the file: see MODEL.md.
"""
from __future__ import annotations

import gzip
import json
import math
import struct
import sys
import zlib
from collections import Counter, defaultdict

from labels import ARAB, CYRL, LATN, flores

MARKS = set("«»—–“”„…№’‘‚§°‹›©®™•·−،؛؟\u00a0")
SCALE = 16.0
SETS = {"Cyrl": [c for c in CYRL], "Latn": [c for c in LATN if c not in ("oth", "vie")], "Arab": ARAB, "Grek": ["ell"], "Hebr": ["heb"]}
CHARS = {"zho": 3500, "jpn": 2200, "kor": 1600}
BUDGET = {"catalogue": 600_000}
RANGES = {"Cyrl": [(0x400, 0x52F)], "Latn": [(0x41, 0x5A), (0x61, 0x7A), (0xAA, 0xAA), (0xBA, 0xBA), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x24F), (0x259, 0x259), (0x1E00, 0x1EFF)],
          "Arab": [(0x620, 0x65F), (0x66E, 0x6FF)], "Grek": [(0x370, 0x3FF)], "Hebr": [(0x5D0, 0x5EA)]}


def texts(dev: str, catalogues: str, fold: str) -> dict[str, list[tuple[str, int]]]:
    out: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for line in open(dev, encoding="utf-8"):
        r = json.loads(line)
        if str(r["fold"]) != fold and r.get("variant") != "plain" and r["class"] != "short":
            out[flores(r["lang"])].append((r["text"], 4))
    size: Counter[str] = Counter()
    with gzip.open(catalogues, "rt", encoding="utf-8") as lines:
        for i, line in enumerate(lines):
            label, _, text = line.rstrip("\n").split("\t")
            # every third string of a language with plenty, so that all sources take part
            if size[label] < BUDGET["catalogue"] and (i % 5 == 0 or label in ("tgk", "bak", "tat", "kir", "tuk", "pus", "uzc", "uzl")):
                out[label].append((text, 1))
                size[label] += len(text)
    return out


def inside(c: str, script: str) -> bool:
    return any(a <= ord(c) <= b for a, b in RANGES[script])


def count(rows: list[tuple[str, int]], script: str) -> tuple[Counter, Counter]:
    pairs, single = Counter(), Counter()
    for text, weight in rows:
        before = " "
        for c in text.lower() + " ":
            if inside(c, script):
                s = c
            elif c in MARKS:
                s = "«"
            else:
                s = " "
            if not (before == " " and s == " "):
                pairs[(before, s)] += weight
                single[s] += weight
            before = s
    return pairs, single


def main() -> None:
    fold = sys.argv[sys.argv.index("--fold") + 1] if "--fold" in sys.argv else "9"
    every = texts(sys.argv[1], sys.argv[2], fold)
    out = b""
    for script, labels in SETS.items():
        counted = {}
        for label in labels:
            rows = every[label] + (every["uzc"] if label == "uzb" and script == "Cyrl" else every["uzl"] if label == "uzb" else [])
            counted[label] = count(rows, script)
        letters: Counter[str] = Counter()
        for _, single in counted.values():
            total = sum(single.values()) or 1
            for c, n in single.items():
                if c not in " «":
                    letters[c] += n / total
        # a letter stands in the table when it makes up one in 20,000 of some language's text
        alphabet = sorted(c for c in letters if any(s[c] * 20_000 > sum(s.values()) for _, s in counted.values()))
        symbols = [" ", "«"] + alphabet
        out += struct.pack("<4sHB", script.encode(), len(alphabet), len(labels)) + struct.pack(f"<{len(alphabet)}I", *map(ord, alphabet))
        for label in labels:
            pairs, single = counted[label]
            total = sum(single.values()) or 1
            before = Counter()
            for (a, _), n in pairs.items():
                before[a] += n
            out += label.encode()
            table = bytearray()
            for a in symbols:
                for b in symbols:
                    back = max(single[b] / total, 2e-6)
                    p = (pairs[(a, b)] + 4 * back) / (before[a] + 4)
                    table.append(min(255, round(-math.log(p) * SCALE)))
            out += bytes(table)
        print(script, len(alphabet), "letters", "".join(alphabet), file=sys.stderr)
    out += struct.pack("<4s", b"CHAR")
    for label, top in CHARS.items():
        single = Counter(c for t, w in every[label] for c in t if ord(c) > 0x2FFF and ord(c) < 0xFFFF for _ in range(w))
        total = sum(single.values())
        kept = sorted(single.most_common(top))
        out += label.encode() + struct.pack("<H", len(kept))
        out += b"".join(struct.pack("<HB", ord(c), min(255, round(-math.log(n / total) * SCALE))) for c, n in kept)
        print(label, len(kept), total, file=sys.stderr)
    open(sys.argv[3], "wb").write(b"SPRS\x01" + out)
    print(sys.argv[3], len(out) + 5, f"crc32 {zlib.crc32(out):08x}")


if __name__ == "__main__":
    main()
