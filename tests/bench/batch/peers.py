"""The pipelines that one would build from the best Python packages, as two programs: `peers.py datatrove|glue RAW OUT`.

`datatrove`: WARC reader, trafilatura, JSON lines, as datatrove's documentation puts them together; two tasks on two workers.
`glue`: FastWARC, resiliparse's main content and cld2, JSON lines, in a process pool of two that share the files.
Neither writes a log, isolates a page that hangs the parser (except datatrove, with its time limit of one second), compares
pages, or reads PDFs.
"""
import gzip
import json
import sys
from multiprocessing import Pool
from pathlib import Path

WORKERS = 2


def datatrove(raw, out):
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.readers import WarcReader
    from datatrove.pipeline.writers import JsonlWriter

    LocalPipelineExecutor(
        pipeline=[
            WarcReader(str(raw), glob_pattern="*.warc.gz"),
            Trafilatura(favour_precision=True),
            JsonlWriter(str(out / "records")),
        ],
        tasks=WORKERS,
        workers=WORKERS,
        logging_dir=str(out / "logs"),
    ).run()


def glued(files):
    import pycld2
    from fastwarc.warc import ArchiveIterator, WarcRecordType
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding
    from resiliparse.parse.html import HTMLTree

    file, out = files
    with gzip.open(out, "wt", encoding="utf-8") as lines:
        for record in ArchiveIterator(str(file), record_types=WarcRecordType.response, parse_http=True, auto_decode="all"):
            if not (record.http_content_type or "").startswith("text/html"):
                continue
            body = record.reader.read()
            page = bytes_to_str(body, record.http_charset or detect_encoding(body))
            tree = HTMLTree.parse(page)
            text = extract_plain_text(tree, main_content=True)
            if not text:
                continue
            try:
                language = pycld2.detect(text)[2][0][1]
            except pycld2.error:
                language = "un"
            record = {
                "id": record.record_id,
                "url": record.headers.get("WARC-Target-URI"),
                "date": record.headers.get("WARC-Date"),
                "title": tree.title,
                "language": language,
                "text": text,
            }
            lines.write(json.dumps(record, ensure_ascii=False) + "\n")


def glue(raw, out):
    out.mkdir(parents=True)
    work = [(file, out / f"{file.name}.jsonl.gz") for file in sorted(raw.glob("*.warc.gz"))]
    with Pool(WORKERS) as pool:
        pool.map(glued, work, chunksize=1)


if __name__ == "__main__":
    {"datatrove": datatrove, "glue": glue}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
