"""The line detector: squares of pages, and its teacher's maps as their labels."""

import glob
import os

import torch
import torch.nn.functional as F

from losses import sigmoid_divergence, smooth_l1
from views import Shuffled, add_noise, blur, chosen, look, random_views

LESSONS = "its teacher's maps"


class Samples:
    """Grey squares, all of one size, as `pocketlens train pack detector` writes them."""

    def __init__(self, folder, device, read_images):
        paths = sorted(glob.glob(os.path.join(folder, "*.webp")))
        self.squares = read_images(paths, "L").to(device)
        self.order = Shuffled(len(paths), device)
        self.device = device

    def __len__(self):
        return len(self.squares)

    def batch(self, count):
        """Feeds by name, and labels: none."""
        device = self.device
        x = self.squares[self.order.take(count)].float() / 127.5 - 1
        side = x.shape[3]
        # The others stay as they were drawn, pixel by pixel.
        turned = chosen(count, 0.5, device)
        views = random_views(count, device, 0.75, 1.15, 4, stretch=0.1, mirror=False)
        x[turned] = look(x[turned], views[turned], side)
        blurred = chosen(count, 0.1, device)
        x[blurred] = blur(x[blurred])
        noisy = chosen(count, 0.15, device)
        x[noisy] = add_noise(x[noisy], 2, 14)
        one = (count, 1, 1, 1)
        contrast = torch.exp(0.2 * torch.randn(one, device=device))
        negative = torch.where(chosen(one, 0.05, device), -1.0, 1.0)
        x = (x * contrast * negative + 0.12 * torch.randn(one, device=device)).clamp_(-1, 1)
        return {"image": x}, None


def loss(student, teacher, _labels):
    """The detector's own loss (models/training/losses/detection.ts) by what the teacher says, softly, and its softened cores."""
    core, geometry = student
    wanted, found = torch.sigmoid(teacher[0]), torch.sigmoid(core)
    # Cells count by how wrong they are, and more together the more lines there are.
    wrong = (wanted - found).abs()
    focal = (sigmoid_divergence(core, teacher[0], 1) * wrong).sum() / (wanted.sum() + 1)
    # With squares below it is least where both are alike, also where the teacher is unsure.
    dice = 1 - (2 * (wanted * found).sum() + 1) / ((wanted**2).sum() + (found**2).sum() + 1)
    inside = F.avg_pool2d(wanted, 2)
    distance = smooth_l1(geometry[:, :2], teacher[1][:, :2], inside, 0.1)
    direction = smooth_l1(geometry[:, 2:], teacher[1][:, 2:], inside, 0.2)
    softened = sigmoid_divergence(core, teacher[0], 2).mean()
    return focal + dice + softened + 2 * distance + 0.5 * direction
