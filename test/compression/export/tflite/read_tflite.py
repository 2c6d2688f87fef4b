"""Reads a TFLite file with the schema that LiteRT carries. Usage: read_tflite.py FILE. Prints JSON: version, description,
signature, tensors (name, type, shape, signature of the shape, scales, axis), operators (name, version, types of inputs and
outputs; all of their options).
"""
import json
import sys

from ai_edge_litert import schema_py_generated as schema

with open(sys.argv[1], "rb") as file:
    model = schema.ModelT.InitFromPackedBuf(file.read(), 0)


def names_of(enumeration):
    return {value: name for name, value in vars(enumeration).items() if not name.startswith("_")}


TYPES, OPERATORS = names_of(schema.TensorType), names_of(schema.BuiltinOperator)
graph = model.subgraphs[0]


def numbers(values):
    return None if values is None else [float(value) for value in values]


def tensor(entry):
    quantization = entry.quantization
    return {
        "name": entry.name.decode(),
        "type": TYPES[entry.type],
        "shape": numbers(entry.shape),
        "signature": numbers(entry.shapeSignature),
        "scales": numbers(quantization.scale) if quantization else None,
        "axis": quantization.quantizedDimension if quantization else None,
        "bytes": 0 if model.buffers[entry.buffer].data is None else len(model.buffers[entry.buffer].data),
    }


def options(entry):
    held = entry.builtinOptions
    return {} if held is None else {key: value for key, value in vars(held).items() if isinstance(value, (int, float, bool))}


def operator(entry):
    code = model.operatorCodes[entry.opcodeIndex]
    types = [[TYPES[graph.tensors[i].type] for i in indices] for indices in (entry.inputs, entry.outputs)]
    return {
        "name": OPERATORS[max(code.builtinCode, code.deprecatedBuiltinCode)],
        "version": code.version,
        "inputs": types[0],
        "outputs": types[1],
        "options": options(entry),
    }


signature = model.signatureDefs[0]
print(
    json.dumps(
        {
            "version": model.version,
            "description": model.description.decode(),
            "signature": {
                "key": signature.signatureKey.decode(),
                "inputs": {m.name.decode(): m.tensorIndex for m in signature.inputs},
                "outputs": {m.name.decode(): m.tensorIndex for m in signature.outputs},
            },
            "tensors": [tensor(entry) for entry in graph.tensors],
            "operators": [operator(entry) for entry in graph.operators],
        }
    )
)
