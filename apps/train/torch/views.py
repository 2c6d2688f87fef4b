"""Random views of images, and what else is done to many of them at a time."""

import math

import torch
import torch.nn.functional as F


def uniform(count, least, most, device):
    return torch.rand(count, device=device) * (most - least) + least


def chosen(count, chance, device):
    """Which of `count` something happens to."""
    return torch.rand(count, device=device) < chance


def random_views(count, device, least, most, rotation, stretch=0.15, mirror=True):
    """Affine matrices [count, 2, 3] for `look`: a share of each side between `least` and `most`, turned by up to `rotation` degrees."""
    share = uniform(count, least, most, device)
    ratio = torch.exp(uniform(count, -stretch, stretch, device))
    across = (share * ratio).clamp(least, most)
    down = (share / ratio).clamp(least, most)
    x, y = random_place(across), random_place(down)
    if mirror:
        across = torch.where(chosen(count, 0.5, device), -across, across)
    angle = uniform(count, -rotation, rotation, device) * math.pi / 180
    cos, sin = torch.cos(angle), torch.sin(angle)
    first = torch.stack([across * cos, -down * sin, 2 * x - 1], 1)
    second = torch.stack([across * sin, down * cos, 2 * y - 1], 1)
    return torch.stack([first, second], 1)


def random_place(length):
    """Centres, from 0 to 1, at which a view of this length shows as much of the image as it can."""
    room = 1 - length
    return length / 2 + room.clamp_max(0) + torch.rand_like(room) * room.abs()


def look(images, views, side, mode="bilinear"):
    """Images as squares of `side` pixels; beyond their rims they are mirrored."""
    grid = F.affine_grid(views, (images.shape[0], images.shape[1], side, side), align_corners=False)
    return F.grid_sample(images, grid, mode=mode, padding_mode="reflection", align_corners=False)


def blur(images):
    """Binomial 1-2-1 along both axes."""
    channels = images.shape[1]
    kernel = torch.tensor([0.25, 0.5, 0.25], device=images.device)
    across = kernel.view(1, 1, 1, 3).repeat(channels, 1, 1, 1)
    images = F.conv2d(F.pad(images, (1, 1, 0, 0), mode="replicate"), across, groups=channels)
    return F.conv2d(F.pad(images, (0, 0, 1, 1), mode="replicate"), across.transpose(2, 3), groups=channels)


def add_noise(images, least, most):
    """Gaussian, of a deviation between the two in grey values of 255, to images in [-1, 1]."""
    deviation = uniform(len(images), least, most, images.device).view(-1, 1, 1, 1) / 127.5
    return images + deviation * torch.randn_like(images)


class Shuffled:
    """Numbers below `count` in random order, all of them before any comes again."""

    def __init__(self, count, device):
        self.count, self.device = count, device
        self.left = torch.empty(0, dtype=torch.long, device=device)

    def take(self, size):
        while len(self.left) < size:
            self.left = torch.cat([self.left, torch.randperm(self.count, device=self.device)])
        taken, self.left = self.left[:size], self.left[size:]
        return taken
