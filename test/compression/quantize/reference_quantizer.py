"""Quantizes a float ONNX model by ONNX Runtime's own quantizer. Usage: reference_quantizer.py MODEL FEEDS OUT

FEEDS is a JSON file: {"input": name, "inputs": [{"shape": [...], "file": path of float32 values}, ...]}.
"""
import json
import sys

import numpy
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

model, feeds, out = sys.argv[1:]
with open(feeds, encoding="utf-8") as file:
    description = json.load(file)


class Reader(CalibrationDataReader):
    def __init__(self):
        self.left = iter(description["inputs"])

    def get_next(self):
        entry = next(self.left, None)
        if entry is None:
            return None
        values = numpy.fromfile(entry["file"], dtype="<f4").reshape(entry["shape"])
        return {description["input"]: values}


quantize_static(
    model,
    out,
    Reader(),
    quant_format=QuantFormat.QDQ,
    per_channel=True,
    activation_type=QuantType.QUInt8,
    weight_type=QuantType.QInt8,
    calibrate_method=CalibrationMethod.MinMax,
)
