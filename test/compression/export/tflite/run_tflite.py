"""Runs TFLite models in LiteRT. Usage: run_tflite.py JOBS

JOBS is a JSON file: a list of {"model": path, "runs": [{"inputs": {name: {"shape": [...], "file": path}}, "outputs":
{name: path}}, ...]}. Inputs and outputs are float32, little-endian. Prints a JSON list: for each model, a list of
{name: shape} for each run, or a string that says why it failed.
"""
import json
import sys

import numpy
from ai_edge_litert.interpreter import Interpreter


def tensors(interpreter, key):
    """Signature name -> tensor index."""
    runner = interpreter.get_signature_runner("serving_default")
    details = runner.get_input_details() if key == "inputs" else runner.get_output_details()
    return {name: detail["index"] for name, detail in details.items()}


def run_model(job):
    interpreter = Interpreter(model_path=job["model"], num_threads=1)
    into, out = tensors(interpreter, "inputs"), tensors(interpreter, "outputs")
    results = []
    for one in job["runs"]:
        for name, entry in one["inputs"].items():
            interpreter.resize_tensor_input(into[name], entry["shape"], strict=True)
        interpreter.allocate_tensors()
        for name, entry in one["inputs"].items():
            values = numpy.fromfile(entry["file"], dtype="<f4").reshape(entry["shape"])
            interpreter.set_tensor(into[name], values)
        interpreter.invoke()
        shapes = {}
        for name, path in one["outputs"].items():
            values = interpreter.get_tensor(out[name])
            values.astype("<f4").tofile(path)
            shapes[name] = list(values.shape)
        results.append(shapes)
    return results


def attempt(job):
    try:
        return run_model(job)
    except (RuntimeError, ValueError, KeyError) as error:
        return f"{type(error).__name__}: {error}"


with open(sys.argv[1], encoding="utf-8") as file:
    jobs = json.load(file)
print(json.dumps([attempt(job) for job in jobs]))
