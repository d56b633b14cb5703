#!/usr/bin/env python3
"""Trains the block model of src/html/model.bin.

    train.py WCXB_DIR FEATURES.jsonl [--extra TRUTH.jsonl FEATURES.jsonl] [--out model.bin] [--oof OUT.jsonl]

WCXB_DIR holds gt.jsonl.gz (WCXB, CC-BY-4.0, Murrough Foley 2026); FEATURES.jsonl is what
`cargo run --release --example features -- WCXB_DIR/html` prints. Blocks are labelled by aligning them with the page's
true text; pages are split into five folds by host (folds.tsv), each scored by a model that didn't see it, and the
threshold is chosen on those scores. `--oof` writes the out-of-fold texts for the scorer. Needs lightgbm, numpy.
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
VERSION = 1
PARAMS = dict(objective="binary", learning_rate=0.07, num_leaves=40, min_data_in_leaf=40, feature_fraction=0.35,
              bagging_fraction=0.8, bagging_freq=1, lambda_l2=2.0, max_bin=63, num_threads=1, verbose=-1,
              deterministic=True, force_row_wise=True, seed=7, use_missing=False)
TREES = 170


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


def prf(truth: collections.Counter, n: int, pred: collections.Counter) -> float:
    m = sum(pred.values())
    if not n or not m:
        return float(n == m)
    o = sum((truth & pred).values())
    return 2 * o / (n + m)


class Pages:
    def __init__(self) -> None:
        self.x, self.y, self.w, self.page = [], [], [], []
        self.words: list[list[list[str]]] = []
        self.texts: list[list[str]] = []
        self.truth: list[list[str]] = []
        self.ids: list[str] = []
        self.fold: list[int] = []
        self.kind: list[str] = []

    def add(self, row: dict, text: str, fold: int, kind: str, y: list[float] | None = None) -> None:
        if not row["blocks"]:
            return
        bw = [words(b["text"]) for b in row["blocks"]]
        truth = words(text)
        y = labels(bw, truth) if y is None else y
        n = len(self.ids)
        size = np.array([len(w) for w in bw], float)
        weight = (size + 2.0) ** 0.7
        self.x.append(np.array([b["x"] for b in row["blocks"]], np.float32))
        self.y.append(np.array(y))
        self.w.append(weight / weight.sum() ** 0.75 * 10)
        self.page.append(np.full(len(y), n))
        self.words.append(bw)
        self.texts.append([b["text"] for b in row["blocks"]])
        self.truth.append(truth)
        self.ids.append(row["id"])
        self.fold.append(fold)
        self.kind.append(kind)


def dataset(x, y, w):
    """A block partly true counts as both, by its share."""
    part = (y > 0.02) & (y < 0.98)
    X = np.concatenate([x, x[part]])
    Y = np.concatenate([np.where(part, 1, y > 0.5), np.zeros(part.sum())])
    W = np.concatenate([np.where(part, w * y, w), (w * (1 - y))[part]])
    return lgb.Dataset(X, Y, weight=W)


def scores(p: Pages, prob: list[np.ndarray], cut: float) -> np.ndarray:
    out = []
    for i in range(len(p.ids)):
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
    ap.add_argument("--extra", nargs=2, type=Path)
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
    if a.extra:
        truth = {r["id"]: r for r in map(json.loads, open(a.extra[0], encoding="utf-8"))}
        for r in map(json.loads, open(a.extra[1], encoding="utf-8")):
            t = truth[r["id"]]
            p.add(r, t["text"], fold_of(t["template"]), "made")
    print("training data sha256", hashlib.sha256(raw).hexdigest(), "pages", len(p.ids))
    ceiling = scores(p, p.y, 0.5)
    print("with true labels", ceiling[:own].mean(), "blocks", sum(map(len, p.y)), flush=True)
    fold = np.array(p.fold)
    prob: list[np.ndarray] = [np.zeros(0)] * len(p.ids)
    cat = lambda arrays, keep: np.concatenate([arr for arr, k in zip(arrays, keep) if k])
    for k in range(5):
        keep = fold != k
        model = lgb.train(PARAMS, dataset(cat(p.x, keep), cat(p.y, keep), cat(p.w, keep)), TREES)
        for i in np.flatnonzero(fold == k):
            prob[i] = model.predict(p.x[i])
        print("fold", k, "at .4", scores(p, [q if q.size else np.zeros(len(y)) for q, y in zip(prob, p.y)],
                                         0.4)[fold == k].mean(), flush=True)
    best = max(np.arange(0.2, 0.7, 0.025), key=lambda c: scores(p, prob, c)[:own].mean())
    s = scores(p, prob, best)
    kinds = np.array(p.kind)
    print(f"cut {best:.3f}: word F1 {s[:own].mean():.4f}; folds",
          " ".join(f"{s[:own][fold[:own] == k].mean():.4f}" for k in range(5)))
    print(" ".join(f"{t} {s[kinds == t].mean():.3f}/{ceiling[kinds == t].mean():.3f}" for t in sorted(set(p.kind))))
    if a.probabilities:
        with open(a.probabilities, "w", encoding="utf-8") as f:
            for i in range(own):
                sizes = [len(w) for w in p.words[i]]
                common = [sum((collections.Counter(w) & collections.Counter(p.truth[i])).values()) for w in p.words[i]]
                f.write(json.dumps({"id": p.ids[i], "p": [round(float(q), 4) for q in prob[i]], "y": list(p.y[i]),
                                    "n": sizes, "hit": common, "truth": len(p.truth[i]), "type": p.kind[i]}) + "\n")
    if a.oof:
        with open(a.oof, "w", encoding="utf-8") as f:
            for i in range(own):
                text = "\n\n".join(t for t, q in zip(p.texts[i], prob[i]) if q >= best)
                f.write(json.dumps({"id": p.ids[i], "text": text}) + "\n")
    everything = [True] * len(p.ids)
    model = lgb.train(PARAMS, dataset(cat(p.x, everything), cat(p.y, everything), cat(p.w, everything)), TREES)
    if a.out:
        export(model, float(best), p.x[0].shape[1], a.out)
    gain = model.feature_importance("gain")
    print("by gain", [(int(i), round(float(gain[i] / gain.sum()), 3)) for i in np.argsort(-gain)[:30]])


if __name__ == "__main__":
    main()
