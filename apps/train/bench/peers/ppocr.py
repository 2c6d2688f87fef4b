"""Reads images with PP-OCR as PyPI's rapidocr ships it, for `pocketlens bench ocr`.

ppocr.py [--threads N] --kind lines|words|pages    names of images on standard input, one a line; answers with one line of
                                                   JSON each: {"text", "confidence", "seconds", "cpuSeconds"}
ppocr.py [--threads N] --kind pages --text IMAGE   writes the text of one image
ppocr.py --describe                                {"version", "models": [{"name", "bytes"}]}, the models that a page uses

Exit code 3: rapidocr or onnxruntime is not installed.
"""

import argparse
import json
import os
import sys
import time


def take_stdout():
    """Standard output for the answers alone: what libraries print goes to standard error."""
    sys.stdout.flush()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def open_engine(threads):
    from rapidocr import RapidOCR

    try:
        import cv2

        cv2.setNumThreads(threads)
    except ImportError:
        pass
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def read(engine, path, kind):
    if kind == "pages":
        result = engine(path)
        return "\n".join(result.txts or ()), lowest(result)
    # A crop goes to the recogniser alone.
    result = engine(path, use_det=False, use_cls=False, use_rec=True)
    return " ".join(result.txts or ()), lowest(result)


def lowest(result):
    """The confidence of the line that it is least sure of, from 0 to 1."""
    return float(min(result.scores or (0.0,)))


def describe(threads):
    import numpy
    import onnxruntime

    models = {}
    session = onnxruntime.InferenceSession

    class Recorder(session):
        def __init__(self, model, *args, **kwargs):
            if isinstance(model, (str, os.PathLike)):
                models[os.path.basename(model)] = os.path.getsize(model)
            super().__init__(model, *args, **kwargs)

    onnxruntime.InferenceSession = Recorder
    from importlib.metadata import version

    # Models are loaded when first used: a blank page needs the detector, a crop the other two.
    blank = numpy.full((64, 256, 3), 255, numpy.uint8)
    engine = open_engine(threads)
    engine(blank)
    engine(blank, use_det=False, use_cls=True, use_rec=True)
    return {
        "version": version("rapidocr"),
        "models": [{"name": name, "bytes": size} for name, size in sorted(models.items())],
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", choices=["lines", "words", "pages"], default="pages")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--text", metavar="IMAGE")
    parser.add_argument("--describe", action="store_true")
    options = parser.parse_args()
    answers = take_stdout()
    try:
        import onnxruntime  # noqa: F401
        import rapidocr  # noqa: F401
    except ImportError as error:
        print(error, file=sys.stderr)
        return 3 if error.name in ("rapidocr", "onnxruntime") else 1
    if options.describe:
        print(json.dumps(describe(options.threads)), file=answers, flush=True)
        return 0
    engine = open_engine(options.threads)
    if options.text:
        print(read(engine, options.text, options.kind)[0], file=answers, flush=True)
        return 0
    for line in sys.stdin:
        path = line.rstrip("\n")
        cpu, start = time.process_time(), time.perf_counter()
        try:
            text, confidence = read(engine, path, options.kind)
        except Exception as error:  # one bad image must not end the run
            print(f"{path}: {error}", file=sys.stderr)
            text, confidence = "", 0.0
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
        answer = {"text": text, "confidence": confidence, "seconds": seconds, "cpuSeconds": cpu_seconds}
        print(json.dumps(answer), file=answers, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
