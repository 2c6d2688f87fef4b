"""Finds saliency maps with the classic methods of OpenCV's contributed modules, for `pocketlens bench saliency`.

opencv-saliency.py --method M [--threads N]    lines of JSON on standard input, {"image", "output"}; writes the map as an
                                               8-bit grey PNG and answers with one line each: {"seconds"}
opencv-saliency.py --method M --image IMAGE --output OUTPUT     the map of one image
opencv-saliency.py --method M --describe                        {"version"}

Exit code 3: OpenCV is not installed, or has no saliency module.
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


def find(cv2, detector, image, output):
    pixels = cv2.imread(image, cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError(f"{image} does not decode")
    start = time.perf_counter()
    found, saliency = detector.computeSaliency(pixels)
    if not found:
        raise ValueError(f"no map for {image}")
    if saliency.dtype.kind == "f":
        saliency = (saliency.clip(0, 1) * 255).round().astype("uint8")
    seconds = time.perf_counter() - start
    cv2.imwrite(output, saliency, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--method", choices=["spectral-residual", "fine-grained"], required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--image")
    parser.add_argument("--output")
    parser.add_argument("--describe", action="store_true")
    options = parser.parse_args()
    answers = take_stdout()
    try:
        import cv2

        create = {
            "spectral-residual": cv2.saliency.StaticSaliencySpectralResidual_create,
            "fine-grained": cv2.saliency.StaticSaliencyFineGrained_create,
        }[options.method]
    except (ImportError, AttributeError) as error:
        print(error, file=sys.stderr)
        return 3
    if options.describe:
        print(json.dumps({"version": cv2.__version__}), file=answers, flush=True)
        return 0
    cv2.setNumThreads(options.threads)
    detector = create()
    if options.image:
        find(cv2, detector, options.image, options.output)
        return 0
    for line in sys.stdin:
        question = json.loads(line)
        seconds = find(cv2, detector, question["image"], question["output"])
        print(json.dumps({"seconds": seconds}), file=answers, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
