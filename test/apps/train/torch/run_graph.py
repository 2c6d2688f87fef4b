"""Runs a graph file in PyTorch: outputs, gradients of half their squares, running statistics and the file written again."""

import json
import sys

import torch
from graph_file import GraphFile
from operators import execute

path, feeds_path, written = sys.argv[1:]
graph = GraphFile(path)
params = graph.params("cpu")
for name, value in params.items():
    value.requires_grad_(name not in graph.frozen)


def inward(feed):
    tensor = torch.tensor(feed["data"]).reshape(feed["shape"])
    return tensor.permute(0, 3, 1, 2) if tensor.dim() == 4 else tensor


def outward(tensor):
    tensor = tensor.detach()
    tensor = tensor.permute(0, 2, 3, 1) if tensor.dim() == 4 else tensor
    return {"shape": list(tensor.shape), "data": tensor.flatten().tolist()}


with open(feeds_path) as file:
    feeds = {name: inward(feed) for name, feed in json.load(file).items()}
outputs = execute(graph, params, feeds, batch_statistics=True)
sum((value**2).sum() / 2 for value in outputs).backward()
of_file = lambda tensor: graph._to_file(tensor).flatten().tolist()
print(
    json.dumps(
        {
            "outputs": [outward(value) for value in outputs],
            "gradients": {name: of_file(value.grad) for name, value in params.items() if name not in graph.frozen},
            "statistics": {name: of_file(value) for name, value in params.items() if name in graph.frozen},
        }
    )
)
graph.save(written, params)
