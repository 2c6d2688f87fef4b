"""Measures of how far a student is from its teacher; as in compression/distill/divergences.ts and models/training/losses."""

import torch
import torch.nn.functional as F


def sigmoid_divergence(student, teacher, temperature):
    """Kullback-Leibler divergence of softened maps of logits, times the temperature's square (Hinton et al. 2015), elementwise."""
    wanted = torch.sigmoid(teacher / temperature)
    logits = student / temperature
    rest = 1 - wanted
    entropy = wanted * torch.log(wanted.clamp_min(1e-7)) + rest * torch.log(rest.clamp_min(1e-7))
    return (entropy - wanted * logits + F.softplus(logits)) * temperature**2


def smooth_l1(values, wanted, weight, beta):
    """Weighted mean over the cells of the channels' mean (Girshick 2015)."""
    off = (values - wanted).abs()
    near = off.clamp_max(beta)
    each = near**2 / (2 * beta) + off - near
    return (each.mean(1, keepdim=True) * weight).sum() / (weight.sum() + 1)
