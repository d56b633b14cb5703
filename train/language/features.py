"""Text to hashed n-grams: the same letters, the same hash as crates/language/src/ngrams.rs."""
from __future__ import annotations

import numpy as np

LONGEST = 5  # longest n-gram, in characters
APOSTROPHES = "'’ʼʻ‘`ʹ´"


def _letters() -> np.ndarray:
    """Code point to folded letter; 0 = not a letter of the three scripts."""
    table = np.zeros(0x2000, dtype=np.uint32)
    ranges = [(0x41, 0x5A), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x24F), (0x259, 0x259), (0x1E00, 0x1EFF),
              (0x400, 0x481), (0x48A, 0x52F), (0x620, 0x64A), (0x66E, 0x6D3), (0x6D5, 0x6D5), (0x6EE, 0x6EF), (0x6FA, 0x6FF)]
    for first, last in ranges:
        for o in range(first, last + 1):
            table[o] = ord(chr(o).lower()[0])
    for c in APOSTROPHES:
        table[ord(c) if ord(c) < 0x2000 else 0] = 0x27
    table[0] = 0
    return table


LETTERS = _letters()


def fold(text: str) -> np.ndarray:
    """Letters in lower case, apostrophes as one sign, all else one space; begins and ends with a space."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32)
    out = np.where(codes < 0x2000, LETTERS[np.minimum(codes, 0x1FFF)], 0)
    out = np.where((codes == 0x2018) | (codes == 0x2019), 0x27, out)
    out = np.where(out == 0, 0x20, out).astype(np.uint32)
    out = np.concatenate(([0x20], out, [0x20])).astype(np.uint32)
    keep = np.ones(len(out), bool)
    keep[1:] = ~((out[1:] == 0x20) & (out[:-1] == 0x20))
    return out[keep]


def hashes(codes: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Bucket of each n-gram and the position where it begins, over a row of folded texts, each closed by a 0."""
    buckets, places = [], []
    h = np.full(len(codes), 0x811C9DC5, dtype=np.uint32)
    alive = codes != 0
    where = np.arange(len(codes))
    for n in range(1, LONGEST + 1):
        c = np.zeros(len(codes), dtype=np.uint32)
        c[: len(codes) - n + 1] = codes[n - 1:]
        alive = alive & (c != 0)
        if n == 1:
            use = alive & (c != 0x20)
        else:
            use = alive
        h = (h ^ c) * np.uint32(0x01000193)
        index = ((h * np.uint32(0x9E3779B1)) >> np.uint32(32 - bits)).astype(np.int32)
        buckets.append(index[use])
        places.append(where[use])
        if n > 1:
            alive = alive & (c != 0x20)  # an n-gram ends with its word
    return np.concatenate(buckets), np.concatenate(places)
