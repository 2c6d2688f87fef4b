"""The saliency network's labels, losses and segment matrices in PyTorch, from one JSON of numbers."""

import json
import sys

import saliency
import torch
from distill import read_images

with open(sys.argv[1]) as file:
    given = json.load(file)
side = saliency.SIDE
mask = torch.tensor(given["mask"]).view(-1, 1, side, side)
labels = saliency.labels_of(mask)


def maps(values):
    return [torch.tensor(data).view(len(mask), 1, size, size) for size, data in values]


segments = read_images([given["segments"]], "RGB").long()
feeds = saliency.segment_feeds(segments)
values = torch.tensor(given["values"]).view(1, -1, 1)
print(
    json.dumps(
        {
            "weight": labels[1].flatten().tolist(),
            "contour": labels[2].flatten().tolist(),
            "loss": float(saliency.loss(maps(given["student"]), maps(given["teacher"]), mask[:1])),
            "pool": feeds["pool"].flatten().tolist(),
            "neighbours": feeds["neighbours"].flatten().tolist(),
            "painted": feeds["paint"](values).flatten().tolist(),
        }
    )
)
