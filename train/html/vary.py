#!/usr/bin/env python3
"""Makes further training pages of the training pages: short articles, old clothes.

    vary.py WCXB_DIR OUT_DIR

The benchmark's articles are long and their markup is of our days. On a short notice most prose is teasers and comments,
and old sites know neither `article` nor telling class names. So each article loses all but a few paragraphs of its
text, twice, and some of the copies lose class names, sectioning elements, paragraph elements or end tags, or get tables
for containers. File names begin with the page's id, so that folds and truth stay. Needs lxml.
"""
from __future__ import annotations

import gzip
import json
import random
import re
import sys
from pathlib import Path

import lxml.html

WORD = re.compile(r"\w+")
BLOCKS = {"p", "li", "h2", "h3", "h4", "h5", "h6", "blockquote", "div", "td", "dd", "dt", "pre", "section", "figure",
          "article", "main", "ul", "ol", "table", "tr", "tbody", "dl", "form", "header", "footer", "nav", "aside", "h1",
          "center"}
SECTIONING = {"article", "main", "section", "header", "footer", "nav", "aside", "figure", "figcaption"}
SEED = 7
VARIANTS = 2


def grams(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[i:i + 4]) for i in range(len(words) - 3)}


def leaves(body: lxml.html.HtmlElement):
    for e in body.iter():
        if isinstance(e.tag, str) and e.tag in BLOCKS and not any(
                isinstance(c.tag, str) and c.tag in BLOCKS for c in e.iterdescendants()):
            yield e


def shorten(tree: lxml.html.HtmlElement, truth: str, rng: random.Random) -> bool:
    """Takes out the text but for its first paragraphs; whether any was taken."""
    known = grams([w.lower() for w in WORD.findall(truth)])
    keep = rng.choice([1, 1, 2, 2, 3, 4, 6])
    prose, going = 0, []
    for e in leaves(tree.body):
        own = grams([w.lower() for w in WORD.findall(e.text_content())])
        if not own or len(own & known) < 0.7 * len(own):
            if prose >= keep and e.tag in {"h2", "h3", "h4", "h5", "h6"}:
                text = " ".join(e.text_content().split())
                if text and text in truth:
                    going.append(e)
            continue
        prose += len(own) >= 8
        if prose > keep:
            going.append(e)
    for e in going:
        e.drop_tree()
    return bool(going)


def undress(tree: lxml.html.HtmlElement, rng: random.Random) -> None:
    names, sections, paragraphs = rng.random() < 0.5, rng.random() < 0.5, rng.random() < 0.25
    for e in list(tree.body.iter()):
        if not isinstance(e.tag, str):
            continue
        if names:
            for name in ("class", "id", "role"):
                e.attrib.pop(name, None)
        if sections and e.tag in SECTIONING:
            e.tag = "div"
        if paragraphs and e.tag == "p" and e.getparent() is not None:
            br = lxml.html.Element("br")
            br.tail = None
            e.append(br)
            e.append(lxml.html.Element("br"))
            e.drop_tag()


def weather(text: str, rng: random.Random) -> str:
    """The markup as it was written before validators: containers as tables, end tags left out."""
    if rng.random() < 0.25:
        text = re.sub(r"<(/?)(?:div|section|article|aside|main|nav)\b[^>]*>",
                      lambda m: "</td></tr></table>" if m[1] else "<table><tr><td>", text)
    if rng.random() < 0.25:
        gone = [tag for tag in ("p", "li", "td", "tr", "a", "div") if rng.random() < 0.5]
        for tag in gone:
            share = rng.choice([0.05, 1.0]) if tag in ("a", "div") else 1.0
            text = re.sub(f"</{tag}>", lambda m: "" if rng.random() < share else m[0], text)
    return text


def main() -> None:
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    rows = gzip.open(source / "gt.jsonl.gz", "rt", encoding="utf-8").read().split("\n")
    made = 0
    for row in map(json.loads, filter(None, rows)):
        page = gzip.open(source / "html" / f"{row['id']}.html.gz", "rb").read().decode("utf-8", "replace")
        if row["type"] != "article":
            continue
        for variant in range(VARIANTS):
            rng = random.Random(f"{SEED} {row['id']} {variant}")
            try:
                tree = lxml.html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", page))
            except (lxml.etree.ParserError, ValueError):
                continue
            if tree.find("body") is None or not shorten(tree, row["text"], rng):
                continue
            undress(tree, rng)
            text = weather(lxml.html.tostring(tree, encoding="unicode"), rng)
            (out / f"{row['id']}.{variant}.html").write_text(text, encoding="utf-8")
            made += 1
    print(f"{made} pages")


if __name__ == "__main__":
    main()
