"""Refines maps with PyPI's pydensecrf2, for `pocketlens bench crf`.

pydensecrf.py             requests on standard input, one line of JSON each: {"width", "height", "pixels", "map", "options"},
                          pixels base64 of 8-bit RGB, map base64 of float32; answers with one line of JSON each:
                          {"seconds", "cpuSeconds", "map"}
pydensecrf.py --describe  {"version"}

Exit code 3: pydensecrf2 or numpy is not installed.
"""

import base64
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


def refine(request):
    import numpy
    from pydensecrf.densecrf import DenseCRF2D

    width, height, options = request["width"], request["height"], request["options"]
    # The package takes writable arrays only.
    pixels = numpy.frombuffer(bytearray(base64.b64decode(request["pixels"])), numpy.uint8).reshape(height, width, 3)
    probability = numpy.frombuffer(base64.b64decode(request["map"]), numpy.float32)
    cpu, start = time.process_time(), time.perf_counter()
    # The same limits of certainty as ours.
    p = numpy.clip(probability, 1e-5, 1 - 1e-5)
    energy = -options["unaryWeight"] * numpy.log(numpy.stack([1 - p, p]))
    crf = DenseCRF2D(width, height, 2)
    crf.setUnaryEnergy(numpy.ascontiguousarray(energy, dtype=numpy.float32))
    crf.addPairwiseGaussian(sxy=options["smoothnessPosition"], compat=options["smoothnessWeight"])
    crf.addPairwiseBilateral(
        sxy=options["bilateralPosition"],
        srgb=options["bilateralColour"],
        rgbim=pixels,
        compat=options["bilateralWeight"],
    )
    refined = numpy.array(crf.inference(options["iterations"]))[1]
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    data = base64.b64encode(refined.astype(numpy.float32).tobytes()).decode("ascii")
    return {"seconds": seconds, "cpuSeconds": cpu_seconds, "map": data}


def main():
    answers = take_stdout()
    try:
        import numpy  # noqa: F401
        import pydensecrf.densecrf  # noqa: F401
    except ImportError as error:
        print(error, file=sys.stderr)
        return 3
    if "--describe" in sys.argv:
        from importlib.metadata import version

        print(json.dumps({"version": version("pydensecrf2")}), file=answers, flush=True)
        return 0
    for line in sys.stdin:
        print(json.dumps(refine(json.loads(line))), file=answers, flush=True)
    return 0


if __name__ == "__main__":
    # This file must not be taken for the package of the same name.
    sys.path.pop(0)
    sys.exit(main())
