"""Photographs made of two, which no teacher was trained on: what it says of them tells more than of those it knows by heart."""

import torch
import torch.nn.functional as F

from views import look, random_views, uniform

# Shares: the object cut out of the other photograph, a rectangle of it, a veil; else it is not seen.
CUT_OUT, RECTANGLE, VEIL = 0.5, 0.1, 0.1


def compose(one, other, side):
    """Two sets of as many photographs, with their masks as a fourth channel: images [count, 3, side, side] of values as theirs."""
    count, device = len(one), one.device
    one = look(one, random_views(count, device, 0.5, 1.3, 15), side)[:, :3]
    views = random_views(count, device, 0.6, 2.5, 15)
    other, mask = look(other, views, side).split([3, 1], 1)
    kind = torch.rand(count, 1, 1, 1, device=device)
    share = (kind < CUT_OUT) * mask / 255 * within(views, mask)
    rest = kind - CUT_OUT
    share = share + ((rest >= 0) & (rest < RECTANGLE)) * rectangles(count, side, device)
    rest = rest - RECTANGLE
    share = share + ((rest >= 0) & (rest < VEIL)) * uniform(count, 0.1, 0.5, device).view(-1, 1, 1, 1)
    return one + share * (other - one)


def within(views, like):
    """Where views do not reach beyond their images' rims; there images are mirrored, and objects with them."""
    grid = F.affine_grid(views, like.shape, align_corners=False)
    return F.grid_sample(torch.ones_like(like), grid, padding_mode="zeros", align_corners=False)


def rectangles(count, side, device):
    """One each, [count, 1, side, side]: 1 inside, else 0."""
    axis = (torch.arange(side, device=device) + 0.5) / side

    def span():
        length = uniform(count, 0.25, 0.8, device)
        start = torch.rand(count, device=device) * (1 - length)
        return (axis >= start.view(-1, 1)) & (axis < (start + length).view(-1, 1))

    return (span().view(count, 1, 1, side) & span().view(count, 1, side, 1)).float()
