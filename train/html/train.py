#!/usr/bin/env python3
"""Trains the block model of crates/html/src/model.bin.

    train.py WCXB_DIR FEATURES.jsonl [--varied FEATURES.jsonl] [--out model.bin] [--oof OUT.jsonl]

WCXB_DIR holds gt.jsonl.gz (WCXB, CC-BY-4.0, Murrough Foley 2026); FEATURES.jsonl is what
`cargo run --release --example features -- WCXB_DIR/html` prints; those of `--varied` are of the pages that vary.py
makes, which count in training and are never scored. Blocks are labelled by aligning them with the page's
true text; pages are split into five folds by host (folds.tsv), each scored by a model that didn't see it, and those
scores are printed. `--oof` writes the out-of-fold texts, `--probabilities` the blocks' probabilities. Needs lightgbm, numpy.
"""
from __future__ import annotations

import argparse
import collections
import gzip
import hashlib
import json
import re
import struct
from pathlib import Path
from urllib.parse import urlsplit

import lightgbm as lgb
import numpy as np

WORD = re.compile(r"\w+")
CHUNK = 4          # words of a shingle
LONG = 4           # words from which a block is matched by shingles, not by place
VERSION = 2
PARAMS = dict(objective="binary", learning_rate=0.1, num_leaves=40, min_data_in_leaf=40, feature_fraction=0.35,
              bagging_fraction=0.8, bagging_freq=1, lambda_l2=2.0, max_bin=63, num_threads=1, verbose=-1,
              deterministic=True, force_row_wise=True, seed=7, use_missing=False)
TREES = 130
# Blocks of a page that are looked at, most of them near its text: the thousandth menu entry teaches nothing.
MOST_BLOCKS = 300
# The same for a varied page, and its weight beside a page as it was.
VARIED_BLOCKS = 150
VARIED_WEIGHT = 0.3
# Types that are rare, and that the varied pages, all of them articles, would make rarer.
RARE = {"listing": 1.25, "collection": 1.25, "product": 1.25, "forum": 1.25}
# The model's threshold to keep; boilerplate/decide.rs builds on it.
CUT = 0.25


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def fold_of(host: str) -> int:
    return int(hashlib.md5(host.encode()).hexdigest(), 16) % 5


def words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def labels(blocks: list[list[str]], truth: list[str]) -> list[float]:
    """Share of each block that belongs to the truth: long blocks by shingles, short ones by place between them."""
    places = collections.defaultdict(list)
    for i in range(len(truth)):
        places[tuple(truth[i:i + CHUNK])].append(i)
    used = np.zeros(len(truth) + 1, bool)
    out = [0.0] * len(blocks)
    at: list[int | None] = [None] * len(blocks)
    for b, w in enumerate(blocks):
        if len(w) < LONG:
            continue
        grams = [tuple(w[i:i + CHUNK]) for i in range(len(w) - CHUNK + 1)]
        hits = 0
        first = None
        for i, g in enumerate(grams):
            free = next((p for p in places.get(g, ()) if not used[p]), None)
            if free is not None:
                hits += 1
                if first is None:
                    first = free - i
                used[free] = True
        out[b] = hits / len(grams)
        if out[b] >= 0.5:
            at[b] = first
            for i in range(max(0, first), min(len(truth), first + len(w))):
                used[i] = True
    # short blocks: an unused occurrence near the matched neighbours
    known = [(b, p) for b, p in enumerate(at) if p is not None]
    index = collections.defaultdict(list)
    for i, w in enumerate(truth):
        index[w].append(i)
    for b, w in enumerate(blocks):
        if not w or len(w) >= LONG:
            continue
        before = max((p for k, p in known if k < b), default=None)
        after = min((p for k, p in known if k > b), default=None)
        lo = (before if before is not None else 0) - 20
        hi = (after if after is not None else len(truth)) + 20
        if before is None and after is None:
            lo, hi = 0, len(truth)
        for p in index.get(w[0], ()):
            if lo <= p <= hi and truth[p:p + len(w)] == w and not used[p:p + len(w)].any():
                out[b] = 1.0
                used[p:p + len(w)] = True
                break
    return out


def near_text(y: list[float], blocks: list[list[str]]) -> list[float]:
    """Short blocks of a shortened page count where long ones that are text stand near: their own may have gone."""
    long = [b for b, w in enumerate(blocks) if len(w) >= LONG and y[b] > 0.5]
    near = {b + step for b in long for step in range(-3, 4)}
    return [v if len(blocks[b]) >= LONG or b in near else 0.0 for b, v in enumerate(y)]


def sample(y: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """The chance with which each block of a page is looked at, drawn: positive where it is, for its weight."""
    if len(y) <= most:
        return np.ones(len(y))
    near = np.convolve(y > 0.02, np.ones(41), "same") > 0
    chance = np.where(near, min(1.0, most * 0.7 / max(near.sum(), 1)), 0.0)
    left = max(most - min(near.sum(), most * 0.7), most * 0.3)
    chance = np.where(near, chance, min(1.0, left / max((~near).sum(), 1)))
    return np.where(rng.random(len(y)) < chance, chance, 0.0)


def prf(truth: collections.Counter, n: int, pred: collections.Counter) -> float:
    m = sum(pred.values())
    if not n or not m:
        return float(n == m)
    o = sum((truth & pred).values())
    return 2 * o / (n + m)


VARIED = "varied"


class Pages:
    def __init__(self) -> None:
        self.x, self.y, self.w, self.page = [], [], [], []
        self.words: list[list[list[str]]] = []
        self.texts: list[list[str]] = []
        self.truth: list[list[str]] = []
        self.ids: list[str] = []
        self.fold: list[int] = []
        self.kind: list[str] = []

    def add(self, row: dict, text: str, fold: int, kind: str) -> None:
        if not row["blocks"]:
            return
        bw = [words(b["text"]) for b in row["blocks"]]
        truth = words(text)
        y = labels(bw, truth)
        if kind == VARIED:
            y = near_text(y, bw)
        n = len(self.ids)
        size = np.array([len(w) for w in bw], float)
        weight = (size + 2.0) ** 0.7
        self.x.append(np.array([b["x"] for b in row["blocks"]], np.float32))
        self.y.append(np.array(y))
        weight = weight / weight.sum() ** 0.75 * 10
        self.w.append(weight * (VARIED_WEIGHT if kind == VARIED else RARE.get(kind, 1.0)))
        self.page.append(np.full(len(y), n))
        self.words.append(bw)
        self.texts.append([b["text"] for b in row["blocks"]])
        self.truth.append(truth)
        self.ids.append(row["id"])
        self.fold.append(fold)
        self.kind.append(kind)


def dataset(p: Pages, keep) -> lgb.Dataset:
    """The blocks to train on, of the pages to keep. A block partly true counts as both, by its share."""
    rng = np.random.default_rng(3)
    chances = [sample(y, VARIED_BLOCKS if k == VARIED else MOST_BLOCKS, rng) for y, k in zip(p.y, p.kind)]
    chosen = [i for i, k in enumerate(keep) if k]
    x, y = (np.concatenate([rows[i][chances[i] > 0] for i in chosen]) for rows in (p.x, p.y))
    w = np.concatenate([(p.w[i][chances[i] > 0] / chances[i][chances[i] > 0]) for i in chosen])
    part = (y > 0.02) & (y < 0.98)
    X = np.concatenate([x, x[part]])
    Y = np.concatenate([np.where(part, 1, y > 0.5), np.zeros(part.sum())])
    W = np.concatenate([np.where(part, w * y, w), (w * (1 - y))[part]])
    return lgb.Dataset(X, Y, weight=W)


def scores(p: Pages, prob: list[np.ndarray], cut: float, pages: int) -> np.ndarray:
    out = []
    for i in range(pages):
        pred = collections.Counter(w for b, keep in zip(p.words[i], prob[i] >= cut) if keep for w in b)
        out.append(prf(collections.Counter(p.truth[i]), len(p.truth[i]), pred))
    return np.array(out)


def export(model: lgb.Booster, cut: float, features: int, path: Path) -> None:
    dump = model.dump_model()
    out = struct.pack("<4sBHHf", b"SNDT", VERSION, features, len(dump["tree_info"]), cut)
    for tree in dump["tree_info"]:
        nodes: list[bytes] = []

        def put(node) -> int:
            at = len(nodes)
            nodes.append(b"")
            if "leaf_value" in node and "split_feature" not in node:
                nodes[at] = struct.pack("<HHHf", 0xFFFF, 0, 0, node["leaf_value"])
                return at
            bound = np.float32(node["threshold"])
            if float(bound) > node["threshold"]:
                bound = np.nextafter(bound, np.float32(-np.inf))
            left, right = put(node["left_child"]), put(node["right_child"])
            nodes[at] = struct.pack("<HHHf", node["split_feature"], left, right, bound)
            return at

        put(tree["tree_structure"])
        out += struct.pack("<H", len(nodes)) + b"".join(nodes)
    path.write_bytes(out)
    print(f"{path}: {len(out)} bytes, sha256 {hashlib.sha256(out).hexdigest()}")


def main() -> None:
    ap = argparse.ArgumentParser()
    ap.add_argument("wcxb", type=Path)
    ap.add_argument("features", type=Path)
    ap.add_argument("--varied", type=Path)
    ap.add_argument("--out", type=Path)
    ap.add_argument("--oof", type=Path)
    ap.add_argument("--probabilities", type=Path)
    ap.add_argument("--folds", type=Path)
    a = ap.parse_args()
    raw = gzip.open(a.wcxb / "gt.jsonl.gz", "rb").read()
    gt = {r["id"]: r for r in map(json.loads, raw.decode().split("\n")[:-1])}
    rows = sorted((json.loads(t) for t in open(a.features, encoding="utf-8")), key=lambda r: r["id"])
    p = Pages()
    for r in rows:
        if g := gt.get(r["id"]):
            p.add(r, g["text"], fold_of(host_of(g["url"])), g["type"])
    if a.folds:
        names = sorted(hashlib.md5(host_of(g["url"]).encode()).hexdigest() for g in gt.values())
        a.folds.write_text("".join(f"{name[:16]}\t{int(name, 16) % 5}\n" for name in dict.fromkeys(names)))
    own = len(p.ids)
    if a.varied:
        for r in sorted((json.loads(t) for t in open(a.varied, encoding="utf-8")), key=lambda r: r["id"]):
            g = gt[r["id"]]
            p.add(r, g["text"], fold_of(host_of(g["url"])), VARIED)
    print("training data sha256", hashlib.sha256(raw).hexdigest(), "pages", own, "varied", len(p.ids) - own)
    ceiling = scores(p, p.y, 0.5, own)
    print("with true labels", ceiling.mean(), "blocks", sum(map(len, p.y)), flush=True)
    model = lgb.train(PARAMS, dataset(p, [True] * len(p.ids)), TREES)
    if a.out:
        export(model, CUT, p.x[0].shape[1], a.out)
    gain = model.feature_importance("gain")
    print("by gain", [(int(i), round(float(gain[i] / gain.sum()), 3)) for i in np.argsort(-gain)[:30]], flush=True)
    fold = np.array(p.fold)
    prob: list[np.ndarray] = [np.zeros(0)] * len(p.ids)
    for k in range(5):
        model = lgb.train(PARAMS, dataset(p, fold != k), TREES)
        for i in np.flatnonzero(fold[:own] == k):
            prob[i] = model.predict(p.x[i])
    s = scores(p, prob, CUT, own)
    kinds = np.array(p.kind[:own])
    print(f"cut {CUT:.3f}: word F1 {s.mean():.4f}; folds",
          " ".join(f"{s[fold[:own] == k].mean():.4f}" for k in range(5)))
    print(" ".join(f"{t} {s[kinds == t].mean():.3f}/{ceiling[kinds == t].mean():.3f}" for t in sorted(set(kinds))))
    if a.probabilities:
        with open(a.probabilities, "w", encoding="utf-8") as f:
            for i in range(own):
                sizes = [len(w) for w in p.words[i]]
                common = [sum((collections.Counter(w) & collections.Counter(p.truth[i])).values()) for w in p.words[i]]
                f.write(json.dumps({"id": p.ids[i], "p": [round(float(q), 4) for q in prob[i]], "y": list(p.y[i]),
                                    "n": sizes, "bytes": [len(t.encode()) for t in p.texts[i]], "hit": common, "truth": len(p.truth[i]), "type": p.kind[i]}) + "\n")
    if a.oof:
        with open(a.oof, "w", encoding="utf-8") as f:
            for i in range(own):
                text = "\n\n".join(t for t, q in zip(p.texts[i], prob[i]) if q >= CUT)
                f.write(json.dumps({"id": p.ids[i], "text": text}) + "\n")


if __name__ == "__main__":
    main()
