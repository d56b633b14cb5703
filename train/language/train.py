#!/usr/bin/env python3
"""Trains the n-gram model: train.py DEV.jsonl CATALOGUES.tsv.gz OUT.bin [--hold SOURCE,SOURCE] [--fold N]

One table of weights a script group. See MODEL.md for the data, the shape of the file and the scores.
"""
from __future__ import annotations

import argparse
import gzip
import json
import random
import struct
import sys
import time
import zlib
from collections import defaultdict
from pathlib import Path

import numpy as np
import scipy.sparse as sp

import features
from labels import ARAB, CYRL, LATN, flores

GROUPS = {"Cyrl": (CYRL, 15), "Latn": (LATN, 15), "Arab": (ARAB, 14)}
PLAIN = str.maketrans("ғӣқӯҳҷҒӢҚӮҲҶ", "гикухчГИКУХЧ")
MERGED = {"uzc": "uzb", "uzl": "uzb"}


def load(args: argparse.Namespace) -> tuple[dict, dict, dict]:
    """Texts by (group, label): FLORES for training, FLORES held out, catalogues by source."""
    train, held, cats = defaultdict(list), defaultdict(list), defaultdict(lambda: defaultdict(list))
    group_of = {c: g for g, (cs, _) in GROUPS.items() for c in cs} | {"uzc": "Cyrl", "uzl": "Latn"}
    for line in open(args.dev, encoding="utf-8"):
        r = json.loads(line)
        label = flores(r["lang"])
        if label in group_of:
            key = (group_of[label], MERGED.get(label, label))
            (held if str(r["fold"]) in args.fold else train)[key].append((r["text"], r.get("variant"), r["class"]))
    with gzip.open(args.catalogues, "rt", encoding="utf-8") as lines:
        for line in lines:
            label, source, text = line.rstrip("\n").split("\t")
            if label in group_of and "\\" not in text:  # escapes left over are no text
                cats[(group_of[label], MERGED.get(label, label))][source].append(text)
    return train, held, cats


def cut(text: str, rng: random.Random) -> str:
    words = text.split()
    if len(words) < 4:
        return text
    n = min(len(words), rng.choice((1, 2, 2, 3, 3, 4, 5, 6, 8)))
    at = rng.randrange(len(words) - n + 1)
    return " ".join(words[at:at + n])


def examples(key: tuple[str, str], train: dict, cats: dict, args: argparse.Namespace, rng: random.Random) -> list[tuple[str, float]]:
    """Texts of one label with their weights: whole, cut short, and put together."""
    out: list[tuple[str, float]] = []
    own = [t for t, _, _ in train[key]]
    whole = [t for t, v, c in train[key] if c != "short"]
    out += [(t, 1.0) for t in own]
    out += [(cut(t, rng), 1.0) for t in whole for _ in range(args.cuts)]
    pool: list[str] = []
    for source, texts in sorted(cats[key].items()):
        if source in args.hold:
            continue
        rng.shuffle(texts)
        pool += texts[: args.per_source]
    rng.shuffle(pool)
    want = args.strings
    made = 0
    at = 0
    while made < want and at < len(pool):
        kind = rng.random()
        if kind < 0.4:
            out.append((pool[at], 1.0)); at += 1
        elif kind < 0.65:
            out.append((cut(pool[at], rng), 1.0)); at += 1
        else:
            n = rng.choice((2, 3, 4))
            out.append((" ".join(pool[at:at + n]), 1.0)); at += n
        made += 1
    if key[1] == "tgk":
        out += [(t.translate(PLAIN), 0.7) for t, _ in list(out) if rng.random() < 0.4]
    return [(t, w) for t, w in out if len(t) >= 3]


def matrix(texts: list[str], bits: int) -> sp.csr_matrix:
    """Rows of n-gram counts divided by the square root of their number."""
    rows, cols, vals = [], [], []
    step = 4000
    for first in range(0, len(texts), step):
        parts, owner = [], []
        for i, t in enumerate(texts[first:first + step]):
            f = np.append(features.fold(t[:1500]), np.uint32(0)).astype(np.uint32)
            parts.append(f)
            owner.append(np.full(len(f), first + i, dtype=np.int32))
        codes, own = np.concatenate(parts), np.concatenate(owner)
        b, p = features.hashes(codes, bits)
        rows.append(own[p]); cols.append(b)
    r, c = np.concatenate(rows), np.concatenate(cols)
    m = sp.coo_matrix((np.ones(len(r), np.float32), (r, c)), shape=(len(texts), 1 << bits)).tocsr()
    m.sum_duplicates()
    n = np.maximum(1, np.asarray(m.sum(axis=1)).ravel())
    return (sp.diags((1 / np.sqrt(n)).astype(np.float32)) @ m).tocsr().astype(np.float32)


def fit(x: sp.csr_matrix, y: np.ndarray, w: np.ndarray, classes: int, args: argparse.Namespace) -> np.ndarray:
    """Softmax regression by AdaGrad in small batches, started at the smoothed log odds of naive Bayes."""
    onehot = sp.csr_matrix((w, (y, np.arange(len(y)))), shape=(classes, len(y)))
    counts = np.asarray((onehot @ x).todense(), dtype=np.float64) + 0.3
    logp = np.log(counts / counts.sum(axis=1, keepdims=True))
    weights = (logp - logp.mean(axis=0)).T.astype(np.float32) * args.bayes
    rng = np.random.default_rng(1)
    squares = np.full(weights.shape, 1e-6, np.float32)
    for epoch in range(args.epochs):
        order = rng.permutation(len(y))
        loss, t0 = 0.0, time.time()
        rate = args.rate * (1 - epoch / args.epochs)
        for first in range(0, len(y), args.batch):
            rows = order[first:first + args.batch]
            b = x[rows]
            z = b @ weights
            z -= z.max(axis=1, keepdims=True)
            e = np.exp(z)
            p = e / e.sum(axis=1, keepdims=True)
            loss -= float((w[rows] * np.log(p[np.arange(len(rows)), y[rows]] + 1e-9)).sum())
            p[np.arange(len(rows)), y[rows]] -= 1
            p *= (w[rows] / len(rows))[:, None]
            g = b.T @ p.astype(np.float32)
            hit = np.unique(b.indices)
            gh = np.asarray(g[hit]) + args.decay * weights[hit] / (len(y) / args.batch)
            squares[hit] += gh * gh
            weights[hit] -= rate * gh / np.sqrt(squares[hit])
        print(f"  epoch {epoch} loss {loss / len(y):.4f} {time.time() - t0:.0f}s", file=sys.stderr, flush=True)
    return weights


def f1(y: np.ndarray, p: np.ndarray, classes: int) -> np.ndarray:
    out = []
    for k in range(classes):
        tp = ((p == k) & (y == k)).sum()
        out.append(2 * tp / max(1, (p == k).sum() + (y == k).sum()))
    return np.array(out)


def judge(name: str, texts: dict, group: str, labels: list[str], weights: np.ndarray, bits: int) -> None:
    t, y = [], []
    for k, label in enumerate(labels):
        for one in texts.get((group, label), []):
            t.append(one); y.append(k)
    if not t:
        return
    y = np.array(y)
    p = np.asarray(matrix(t, bits) @ weights).argmax(axis=1)
    f = f1(y, p, len(labels))
    here = [k for k in range(len(labels)) if (y == k).any()]
    worst = sorted(here, key=lambda k: f[k])[:6]
    print(f"{group} {name}: n={len(y)} acc={np.mean(p == y):.4f} macro={f[here].mean():.4f} worst "
          + " ".join(f"{labels[k]}={f[k]:.3f}" for k in worst) + (f" tgk={f[0]:.4f}" if group == "Cyrl" else ""), flush=True)


def main() -> None:
    a = argparse.ArgumentParser()
    a.add_argument("dev"); a.add_argument("catalogues"); a.add_argument("out")
    a.add_argument("--hold", default=""); a.add_argument("--fold", default="9")
    a.add_argument("--groups", default="Cyrl,Latn,Arab")
    a.add_argument("--cuts", type=int, default=2); a.add_argument("--strings", type=int, default=8000)
    a.add_argument("--per-source", type=int, default=4000); a.add_argument("--epochs", type=int, default=5)
    a.add_argument("--rate", type=float, default=0.5); a.add_argument("--bayes", type=float, default=0.3)
    a.add_argument("--decay", type=float, default=1e-5); a.add_argument("--batch", type=int, default=512)
    args = a.parse_args()
    args.hold = set(filter(None, args.hold.split(",")))
    args.fold = set(args.fold.split(","))
    train, held, cats = load(args)
    rng = random.Random(7)
    parts = []
    for group in args.groups.split(","):
        labels, bits = GROUPS[group]
        texts, y, w = [], [], []
        for k, label in enumerate(labels):
            ex = examples((group, label), train, cats, args, rng)
            share = np.mean([len(t) for t, _ in ex]) if ex else 0
            print(f"{group} {label}: {len(ex)} examples, mean length {share:.0f}", file=sys.stderr)
            scale = (8000 / max(2000, len(ex))) ** 0.5
            texts += [t for t, _ in ex]; y += [k] * len(ex); w += [v * scale for _, v in ex]
        y, w = np.array(y), np.array(w, np.float32)
        weights = fit(matrix(texts, bits), y, w, len(labels), args)
        scale = 127 / np.abs(weights).max(axis=None)
        scale = 127 / max(1e-6, float(np.quantile(np.abs(weights), 0.99995)))
        table = np.clip(np.rint(weights * scale), -127, 127).astype(np.int8)
        if args.out != "-":
            parts.append((group, labels, bits, scale, table))
            write(Path(args.out), parts)
        q = table.astype(np.float32) / scale
        judge("held sentences", {k: [t for t, v, c in v if c != "short" and v != "plain"] for k, v in held.items()}, group, labels, q, bits)
        judge("held short", {k: [t for t, v, c in v if c == "short"] for k, v in held.items()}, group, labels, q, bits)
        judge("plain", {k: [t for t, v, c in v if v == "plain"] for k, v in held.items()}, group, labels, q, bits)
        for source in sorted(args.hold):
            judge(f"source {source}", {k: [t for t in v.get(source, []) if len(t) > 9][:2000] for k, v in cats.items()}, group, labels, q, bits)
            judge(f"source {source} >=40", {k: [t for t in v.get(source, []) if len(t) > 39][:2000] for k, v in cats.items()}, group, labels, q, bits)


def write(path: Path, parts: list) -> None:
    """magic, groups; each: script, bits, labels, scale (f32), rows of i8. Little-endian."""
    body = struct.pack("<B", len(parts))
    for group, labels, bits, scale, table in parts:
        body += group.encode() + struct.pack("<BBf", bits, len(labels), scale) + "".join(labels).encode() + table.tobytes()
    path.write_bytes(b"SNGM\x01" + body)
    print(path, len(body) + 5, "bytes, crc32", f"{zlib.crc32(body):08x}")


if __name__ == "__main__":
    main()
