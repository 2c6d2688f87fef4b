"""Graph files (.safetensors with the graph as JSON in the metadata, see models/graph/serialize.ts), read and written."""

import json
import struct

import numpy as np
import torch


class GraphFile:
    """A network: nodes in the order in which they run, and float parameters by name.

    Images are [batch, height, width, channels] in the file and [batch, channels, height, width] here; convolutions' weights
    are [height, width, in, out] in the file and [out, in, height, width] here.
    """

    def __init__(self, path):
        """Raises ValueError where parameters are no floats."""
        with open(path, "rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(size))
            body = file.read()
        self.metadata = header.pop("__metadata__")
        self.entries = header
        graph = json.loads(self.metadata["graph"])
        self.inputs, self.outputs, self.nodes = graph["inputs"], graph["outputs"], graph["nodes"]
        # Running statistics and what else no gradient changes.
        self.frozen = set(graph["frozen"])
        self.arrays = {}
        for name, entry in self.entries.items():
            if entry["dtype"] != "F32":
                raise ValueError(f'Expected F32 for "{name}" but received {entry["dtype"]}: distill before quantizing.')
            start, end = entry["data_offsets"]
            self.arrays[name] = np.frombuffer(body[start:end], "<f4").reshape(entry["shape"]).copy()

    def params(self, device):
        """Parameters by name, weights of convolutions with their channels last in memory."""
        return {name: self._to_torch(array).to(device) for name, array in self.arrays.items()}

    def save(self, path, params):
        """Writes the network with other values of its parameters."""
        body = bytearray(max(entry["data_offsets"][1] for entry in self.entries.values()))
        for name, entry in self.entries.items():
            start, end = entry["data_offsets"]
            body[start:end] = self._to_file(params[name]).tobytes()
        header = json.dumps({"__metadata__": self.metadata, **self.entries}).encode()
        header += b" " * (-len(header) % 8)
        with open(path, "wb") as file:
            file.write(struct.pack("<Q", len(header)) + header + bytes(body))

    @staticmethod
    def _to_torch(array):
        tensor = torch.from_numpy(array)
        return tensor.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last) if array.ndim == 4 else tensor

    @staticmethod
    def _to_file(tensor):
        tensor = tensor.detach().float().cpu()
        array = (tensor.permute(2, 3, 1, 0) if tensor.dim() == 4 else tensor).numpy()
        return np.ascontiguousarray(array, "<f4")
