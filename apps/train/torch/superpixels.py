"""Superpixels of many images at once, for those that are composed while training; coarser than models/saliency/superpixels."""

import torch
import torch.nn.functional as F

ROUNDS = 3
# As many units of colour as two seeds' distance weighs.
COMPACTNESS = 8


def superpixels(images, count):
    """SLIC (Achanta et al. 2012) of images [n, 3, side, side] in [-1, 1]: segments [n, side, side] in [0, count).

    Every pixel joins one of the nine clusters whose seeds are nearest. Segments may be in several parts, or empty.
    """
    n, _, side, _ = images.shape
    down = int(count**0.5)
    across = count // down
    device = images.device
    step = (side**2 / count) ** 0.5
    axis = torch.arange(side, device=device, dtype=torch.float)
    place = torch.stack([axis.view(1, -1).expand(side, side), axis.view(-1, 1).expand(side, side)])
    points = torch.cat([colours_of(images), (COMPACTNESS / step) * place.expand(n, -1, -1, -1)], 1).flatten(2)
    row = (axis * down / side).long().view(-1, 1).expand(side, side).flatten()
    column = (axis * across / side).long().view(1, -1).expand(side, side).flatten()
    offsets = torch.arange(9, device=device).view(9, 1)
    # Beyond the rim the nearest cluster stands in, so that it is there twice.
    nearest = (row + offsets // 3 - 1).clamp(0, down - 1) * across + (column + offsets % 3 - 1).clamp(0, across - 1)
    segments = (row * across + column).expand(n, -1)
    for _ in range(ROUNDS):
        index = segments.unsqueeze(1)
        sizes = torch.zeros(n, 1, count, device=device).scatter_add_(2, index, torch.ones_like(points[:, :1]))
        sums = torch.zeros(n, 5, count, device=device).scatter_add_(2, index.expand(-1, 5, -1), points)
        centres = sums / sizes.clamp_min(1) + 1e6 * (sizes == 0)
        far = sum((centres[:, k][:, nearest] - points[:, k : k + 1]) ** 2 for k in range(5))
        best = far.argmin(1, keepdim=True)
        segments = nearest.expand(n, -1, -1).gather(1, best).squeeze(1)
    return segments.view(n, side, side)


def colours_of(images):
    """About CIELAB: lightness from 0 to 100 and two opponent colours."""
    red, green, blue = images.split(1, 1)
    lightness = 50 + 50 * (0.3 * red + 0.59 * green + 0.11 * blue)
    return torch.cat([lightness, 40 * (red - green), 40 * (0.5 * (red + green) - blue)], 1)
