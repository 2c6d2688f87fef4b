"""Composed photographs and their superpixels, as one JSON of numbers."""

import json

import torch
from compose import compose, rectangles, within
from superpixels import superpixels
from views import random_views

torch.manual_seed(1)
COUNT, SIDE = 400, 24
# Grey 0 and 200; of the second the left half is the object.
one, other = torch.zeros(COUNT, 4, 32, 32), torch.full((COUNT, 4, 32, 32), 200.0)
other[:, 3] = 0
other[:, 3, :, :16] = 255
images = compose(one, other, SIDE)
boxes = rectangles(COUNT, SIDE, "cpu").flatten(1)
views = random_views(COUNT, "cpu", 2, 2, 0, stretch=0)
inside = within(views, torch.zeros(COUNT, 1, SIDE, SIDE))
# Six patches of each row and column, each of its own colour, and noise.
patches = torch.rand(1, 3, 6, 6) * 1.6 - 0.8
flat = patches.repeat_interleave(12, 2).repeat_interleave(12, 3)
noisy = flat + 0.02 * torch.randn_like(flat)


def cut(count):
    """Deviation of colours inside segments as a share of the image's, the number of segments, and the largest."""
    segments = superpixels(noisy, count)[0]
    used = segments.unique()
    inner = sum(float(((c := flat[0, :, segments == s]) - c.mean(1, keepdim=True)).square().sum()) for s in used)
    whole = float((flat - flat.mean((2, 3), keepdim=True)).square().sum())
    return {"deviation": inner / whole, "used": len(used), "largest": int(used.max())}


print(
    json.dumps(
        {
            "shape": list(images.shape),
            "least": float(images.min()),
            "most": float(images.max()),
            "means": images.mean((1, 2, 3)).tolist(),
            "peaks": images.amax((1, 2, 3)).tolist(),
            "boxes": boxes.mean(1).tolist(),
            "boxValues": boxes.unique().tolist(),
            "inside": inside.mean((1, 2, 3)).tolist(),
            "cuts": {count: cut(count) for count in (50, 120, 250)},
        }
    )
)
