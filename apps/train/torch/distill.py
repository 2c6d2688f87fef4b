"""Tunes a network (what pruning left of it, say) by its teacher and, where there are some, labels. See README.md.

On a graphics card, or on a processor with bf16, arithmetic is in 16 bits but for the end. Weights, their average and the losses are
in 32 bits. In its last part batch normalisation goes by its running statistics, as it will be deployed.
"""

import argparse
import importlib
import json
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from PIL import Image

from graph_file import GraphFile
from operators import execute

WARM_UP_STEPS = 100
# Of the time: from here on the learning rate falls, to this share of its peak.
DECAY_FROM, FLOOR = 0.4, 0.02
# Of the time, at its end: 32 bits.
EXACT = 0.05
CLIP_NORM = 5
LOG_EVERY = 100


def main():
    args = arguments()
    torch.manual_seed(args.seed)
    device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
    prepare(device)
    task = importlib.import_module(args.task)
    student, teacher = GraphFile(args.student), GraphFile(args.teacher)
    samples = task.Samples(args.data, device, read_images)
    print(f"{len(samples)} samples, taught by {task.LESSONS}, on {device}", flush=True)
    tuned = distill(task, student, teacher, samples, device, args)
    student.save(args.output, tuned)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("task", choices=["detector", "saliency"])
    parser.add_argument("--student", required=True, help="graph file of the network that learns")
    parser.add_argument("--teacher", required=True, help="graph file of the one that it learns from, of the same inputs and outputs")
    parser.add_argument("--data", required=True, help="folder that `pocketlens train pack` wrote")
    parser.add_argument("-o", "--output", required=True, help="graph file to write; a log of the same name goes beside it")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=8e-4, help="highest learning rate")
    parser.add_argument("--backbone-rate", type=float, default=0.5, help="the same of a backbone, as a share")
    parser.add_argument("--weight-decay", type=float, default=0.02)
    parser.add_argument("--average", type=float, default=0.998, help="what the average of the weights keeps at each step")
    parser.add_argument("--settling", type=float, default=0.15, help="share of the time, at its end, of running statistics")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", help="default: cuda where there is one, else cpu")
    return parser.parse_args()


def prepare(device):
    if device == "cpu":
        # By itself it takes one thread where two share a core.
        torch.set_num_threads(os.cpu_count())
    else:
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = True
        torch.backends.cuda.matmul.allow_tf32 = True


def read_images(paths, mode):
    """Images of one size as bytes [count, channels, height, width]."""
    if not paths:
        raise SystemExit("Expected images but found none: make them by `pocketlens train pack`.")

    def read(path):
        image = np.asarray(Image.open(path).convert(mode))
        return image.reshape(*image.shape[:2], -1).transpose(2, 0, 1)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return torch.from_numpy(np.stack(list(pool.map(read, paths))))


def learning_rate(args, step, share):
    rate = args.rate * min(1, (step + 1) / WARM_UP_STEPS)
    if share < DECAY_FROM:
        return rate
    fallen = 0.5 * (1 + math.cos(math.pi * (share - DECAY_FROM) / (1 - DECAY_FROM)))
    return rate * (FLOOR + (1 - FLOOR) * fallen)


def optimizer_of(params, frozen, args):
    """Adam with decoupled decay of what is no bias, scale or shift (Loshchilov and Hutter 2019)."""
    groups = {}
    for name, value in params.items():
        if name in frozen:
            continue
        value.requires_grad_(True)
        factor = args.backbone_rate if name.startswith("backbone/") else 1
        decay = args.weight_decay if value.dim() > 1 else 0
        groups.setdefault((factor, decay), []).append(value)
    described = [{"params": values, "factor": f, "weight_decay": d} for (f, d), values in groups.items()]
    return torch.optim.AdamW(described, lr=args.rate, betas=(0.9, 0.98))


def distill(task, student, teacher, samples, device, args):
    """The average of the student's weights (Polyak and Juditsky 1992) after `args.minutes`."""
    params, fixed = student.params(device), teacher.params(device)
    optimizer = optimizer_of(params, student.frozen, args)
    trained = [value for group in optimizer.param_groups for value in group["params"]]
    average = {name: value.detach().clone() for name, value in params.items()}
    log = open(os.path.splitext(args.output)[0] + ".jsonl", "w")
    started = since = time.time()
    step, total = 0, 0.0
    while (share := (time.time() - started) / (60 * args.minutes)) < 1:
        settling, exact = share >= 1 - args.settling, share >= 1 - EXACT
        rate = learning_rate(args, step, share)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        feeds, labels = samples.batch(args.batch)
        dtype = torch.float32 if exact else torch.bfloat16
        feeds["image"] = feeds["image"].to(dtype, memory_format=torch.channels_last)
        with torch.autocast(device_type=device, dtype=torch.bfloat16, enabled=not exact):
            with torch.no_grad():
                wanted = execute(teacher, fixed, feeds)
            found = execute(student, params, feeds, batch_statistics=not settling)
        loss = task.loss([value.float() for value in found], [value.float() for value in wanted], labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, CLIP_NORM)
        optimizer.step()
        keep = min(args.average, (step + 1) / (step + 11))
        with torch.no_grad():
            for name, value in average.items():
                value.lerp_(params[name], 1 - keep)
        step += 1
        total += loss.detach()
        if step % LOG_EVERY == 0:
            mean, seconds = float(total) / LOG_EVERY, time.time() - since
            values = {"loss": mean, "rate": LOG_EVERY * args.batch / seconds, "learningRate": rate}
            line = {"kind": "step", "step": step, "minutes": (time.time() - started) / 60, "values": values}
            print(json.dumps(line), file=log, flush=True)
            print(f"step {step}, loss {mean:.4f}, {values['rate']:.0f}/s", flush=True)
            if not math.isfinite(mean):
                raise SystemExit(f"Expected a finite loss but received {mean} at step {step}: lower the learning rate.")
            total, since = 0.0, time.time()
            student.save(args.output, average)
    log.close()
    return average


if __name__ == "__main__":
    main()
