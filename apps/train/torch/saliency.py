"""The saliency network: labelled photographs with their superpixels, its loss by the masks and by its teacher."""

import glob
import os

import torch
import torch.nn.functional as F

from compose import compose
from losses import sigmoid_divergence
from superpixels import superpixels
from views import Shuffled, add_noise, blur, chosen, look, random_views

LESSONS = "masks and its teacher's maps"
SIDE = 288
# Most segments of each scale; the maps of segments are half as large as the image.
COUNTS = (50, 120, 250)
SLOTS = sum(COUNTS)
GRID = SIDE // 2
# Cells of the grid that segments are pooled from, in cells of the maps.
POOL_CELL = 4
# Superpixels of composed photographs are found at this size.
COARSE = 72
# Share of photographs as they are in each batch.
WHOLE = 0.5


class Samples:
    """NAME.webp, NAME.mask.webp and NAME.segments.webp, as `pocketlens train pack saliency` writes them."""

    def __init__(self, folder, device, read_images):
        masks = sorted(glob.glob(os.path.join(folder, "*.mask.webp")))
        others = lambda end: [path.replace(".mask.webp", end) for path in masks]
        # The mask as a fourth channel, so that both are looked at alike.
        self.photos = torch.cat([read_images(others(".webp"), "RGB"), read_images(masks, "L")], 1).to(device)
        self.segments = read_images(others(".segments.webp"), "RGB").to(device)
        self.order = Shuffled(len(masks), device)
        self.device = device

    def __len__(self):
        return len(self.photos)

    def batch(self, count):
        """Feeds by name, and the masks of those photographs that are whole, which come first."""
        whole = round(WHOLE * count)
        taken = self.order.take(whole)
        views = random_views(whole, self.device, 0.7, 1.2, 5)
        photos, masks = look(self.photos[taken].float(), views, SIDE).split([3, 1], 1)
        segments = look(self.segments[taken].float(), views, GRID, "nearest").long()
        one, other = (self.photos[self.order.take(count - whole)].float() for _ in range(2))
        image = disturb(torch.cat([photos, compose(one, other, SIDE)]) / 127.5 - 1)
        small = F.avg_pool2d(image[whole:], SIDE // COARSE)
        found = torch.stack([superpixels(small, scale) for scale in COUNTS], 1)
        found = F.interpolate(found.float(), GRID, mode="nearest").long()
        return {"image": image, **segment_feeds(torch.cat([segments, found]))}, masks / 255


def disturb(images):
    """Blur, noise and colours as in apps/train/saliency-disturb.ts."""
    count, device = len(images), images.device
    for chance in (0.06, 0.03):
        some = chosen(count, chance, device)
        images[some] = blur(images[some])
    some = chosen(count, 0.09, device)
    images[some] = add_noise(images[some], 2, 12)
    normal = lambda deviation, *size: deviation * torch.randn(count, *size, device=device)
    gains = torch.exp(normal(0.15, 1, 1) + normal(0.05, 1, 3))
    saturation = torch.where(chosen((count, 1, 1), 0.06, device), torch.zeros(1, device=device), torch.exp(normal(0.25, 1, 1)))
    grey = torch.tensor([0.299, 0.587, 0.114], device=device)
    # Gains and saturation are one matrix of colours.
    colours = (saturation * torch.eye(3, device=device) + (1 - saturation) * grey) * gains
    changed = torch.matmul(colours, images.flatten(2)).view(images.shape)
    return (changed + normal(0.12, 1, 1, 1)).clamp_(-1, 1)


def segment_feeds(segments):
    """The segment stream's inputs (models/saliency/superpixels/segment-inputs.ts) from maps [count, scales, GRID, GRID] of segments."""
    count, device = len(segments), segments.device
    first = torch.tensor([0, *COUNTS[:-1]], device=device).cumsum(0).view(1, -1, 1, 1)
    slots = segments + first
    rows = torch.arange(GRID, device=device) // POOL_CELL
    across = GRID // POOL_CELL
    cells = rows.view(-1, 1) * across + rows

    def counted(index, size, weight=None):
        index = index.reshape(count, -1)
        weight = torch.ones(index.shape, device=device) if weight is None else weight.reshape(count, -1)
        return torch.zeros(count, size, device=device).scatter_add_(1, index, weight).view(count, SLOTS, -1)

    def shares(rows):
        return rows / rows.sum(2, keepdim=True).clamp_min(1)

    def paint(logits):
        # Most of the matrix is zeros: cells take the mean of their pixels' segments instead.
        values = torch.gather(logits.float().flatten(1), 1, slots.flatten(1)).view(slots.shape)
        return F.avg_pool2d(values.mean(1, keepdim=True), 2).flatten(2).transpose(1, 2)

    pairs = [(slots[..., 1:], slots[..., :-1]), (slots[..., 1:, :], slots[..., :-1, :])]
    one, other = (torch.cat([pair[k].reshape(count, -1) for pair in pairs], 1) for k in (0, 1))
    apart = (one != other).float()
    borders = counted(one * SLOTS + other, SLOTS**2, apart) + counted(other * SLOTS + one, SLOTS**2, apart)
    return {
        "pool": shares(counted(slots * across**2 + cells, SLOTS * across**2)),
        "neighbours": shares(borders),
        "paint": paint,
    }


def labels_of(mask):
    """Mask, weight of each pixel and outline at half the size (apps/train/saliency-targets.ts)."""
    radius = round(SIDE / 16)
    window = 2 * radius + 1
    around = F.avg_pool2d(mask, (window, 1), 1, (radius, 0), count_include_pad=False)
    around = F.avg_pool2d(around, (1, window), 1, (0, radius), count_include_pad=False)
    inside = F.max_pool2d((mask >= 0.5).float(), 4, 2, 1)
    outside = F.max_pool2d((mask < 0.5).float(), 4, 2, 1)
    return mask, 1 + 5 * (around - mask).abs(), inside * outside


def loss(student, teacher, masks):
    """The network's own loss (models/training/losses/saliency.ts), and three of its maps by the teacher's.

    masks: of the first images; of the others the teacher's own map is the mask.
    """
    own = torch.sigmoid(F.interpolate(teacher[-1][len(masks) :], SIDE, mode="bilinear", align_corners=False))
    mask, weight, outline = labels_of(torch.cat([masks, own]))
    dense, contour, *sides, segment, fused = student

    def at_full_size(logits):
        return structure_loss(F.interpolate(logits, SIDE, mode="bilinear", align_corners=False), mask, weight)

    def at_own_size(logits):
        step = SIDE // logits.shape[3]
        return structure_loss(logits, F.avg_pool2d(mask, step), F.avg_pool2d(weight, step))

    total = at_full_size(dense) + 0.3 * contour_loss(contour, outline) + 0.5 * at_own_size(segment) + at_full_size(fused)
    for side, share in zip(sides, (0.5, 0.4, 0.3, 0.2)):
        total = total + share * at_own_size(side)
    for output, share in ((-1, 1.0), (0, 0.5), (-2, 0.5)):
        total = total + share * sigmoid_divergence(student[output], teacher[output], 2).mean()
    return total


def structure_loss(logits, mask, weight):
    """Weighted cross-entropy plus weighted 1 - IoU, each by image (Wei et al. 2020)."""
    axes = (1, 2, 3)
    cross = ((F.softplus(logits) - logits * mask) * weight).sum(axes) / weight.sum(axes)
    weighted = torch.sigmoid(logits) * weight
    shared = (weighted * mask).sum(axes)
    either = weighted.sum(axes) + (mask * weight).sum(axes) - shared
    return (cross + 1 - (shared + 1) / (either + 1)).mean()


def contour_loss(logits, outline):
    """Cross-entropy balanced between outline and rest, the outline half as much (Xie and Tu 2015)."""
    positives = outline.mean().clamp_min(0.01)
    weight = (outline * (1 - 2 * positives) + positives) * (1 - 0.5 * outline)
    return ((F.softplus(logits) - logits * outline) * weight).sum() / weight.sum()
