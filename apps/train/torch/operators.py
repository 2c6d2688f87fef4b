"""What the operators of a graph do, in PyTorch. Images are [batch, channels, height, width]."""

import torch
import torch.nn.functional as F


def execute(graph, params, feeds, batch_statistics=False):
    """The graph's outputs in order.

    feeds: a tensor for each input; of a matrix that only multiplies, a function of what it multiplies does, too.
    batch_statistics: batch normalisation by the batch; the running statistics in `params` then move, in place.
    """
    values = dict(feeds)
    readers = {}
    for node in graph.nodes:
        for name in node["inputs"]:
            readers[name] = readers.get(name, 0) + 1
    for node in graph.nodes:
        inputs = [values[name] for name in node["inputs"]]
        own = {role: params[name] for role, name in node["params"].items()}
        values[node["outputs"][0]] = run_node(node["op"], node["attrs"], inputs, own, batch_statistics)
        for name in node["inputs"]:
            readers[name] -= 1
            if readers[name] == 0 and name not in graph.outputs:
                del values[name]
    return [values[name] for name in graph.outputs]


def run_node(op, attrs, inputs, params, batch_statistics=False):
    """The node's one output. Raises ValueError for operators that no network distilled here has."""
    x = inputs[0]
    if op == "Conv":
        return convolve(x, params["weight"], params.get("bias"), attrs)
    if op == "BatchNormalization":
        running = (params["mean"], params["variance"])
        own = (params["scale"], params["bias"])
        return F.batch_norm(x, *running, *own, batch_statistics, 1 - attrs["momentum"], attrs["epsilon"])
    if op == "Relu":
        return F.relu(x)
    if op == "Clip":
        return Clip.apply(x, attrs["min"], attrs["max"])
    if op == "Sigmoid":
        return torch.sigmoid(x)
    if op == "Add":
        return x + inputs[1]
    if op == "Sub":
        return x - inputs[1]
    if op == "Mul":
        return x * inputs[1]
    if op == "Concat":
        return torch.cat(inputs, axis_here(attrs["axis"], x.dim()))
    if op == "ReduceMean":
        return x.mean([axis_here(axis, x.dim()) for axis in attrs["axes"]], attrs["keepdims"])
    if op == "Resize":
        scales = [float(scale) for scale in attrs["scales"]]
        if attrs["mode"] == "nearest":
            return F.interpolate(x, scale_factor=scales, mode="nearest")
        return F.interpolate(x, scale_factor=scales, mode="bilinear", align_corners=False)
    if op == "DepthToSpace":
        return depth_to_space(x, attrs["blocksize"])
    if op == "Reshape":
        return reshape(x, attrs["shape"])
    if op == "MatMul":
        return multiply(inputs, params)
    raise ValueError(f'Expected an operator that is distilled here but received "{op}": add it to operators.py.')


def axis_here(axis, rank):
    """An axis of the file as one of a tensor here."""
    axis %= rank
    return (0, 2, 3, 1)[axis] if rank == 4 else axis


def convolve(x, weight, bias, attrs):
    strides, dilations, pads = attrs["strides"], attrs["dilations"], attrs["pads"]
    if pads == "same":
        top, bottom = same_pads(x.shape[2], weight.shape[2], strides[0], dilations[0])
        left, right = same_pads(x.shape[3], weight.shape[3], strides[1], dilations[1])
    else:
        top, left, bottom, right = (0, 0, 0, 0) if pads == "valid" else pads
    padding = (top, left)
    if (top, left) != (bottom, right):
        x = F.pad(x, (left, right, top, bottom))
        padding = (0, 0)
    weight = weight.to(x.dtype)
    bias = None if bias is None else bias.to(x.dtype)
    return F.conv2d(x, weight, bias, strides, padding, dilations, attrs["groups"])


def same_pads(size, kernel, stride, dilation):
    """The odd pixel at the end."""
    covered = (-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1
    total = max(covered - size, 0)
    return total // 2, total - total // 2


class Clip(torch.autograd.Function):
    """clamp, whose own gradient in bf16 takes as long as the convolutions of a network do on processors."""

    @staticmethod
    def forward(context, x, least, most):
        y = x.clamp(least, most)
        context.save_for_backward(y)
        context.range = (least, most)
        return y

    @staticmethod
    def backward(context, gradient):
        (y,) = context.saved_tensors
        least, most = context.range
        gradient = torch.ops.aten.threshold_backward(gradient, y, least)
        return torch.ops.aten.threshold_backward(gradient, -y, -most), None, None


def depth_to_space(x, block):
    """Channels hold the blocks' rows, then their columns, then what stays a channel."""
    n, channels, height, width = x.shape
    left = channels // block**2
    y = x.reshape(n, block, block, left, height, width).permute(0, 3, 4, 1, 5, 2)
    return y.reshape(n, left, height * block, width * block)


def reshape(x, shape):
    """By the file's order of axes; 0 keeps a size."""
    y = x.permute(0, 2, 3, 1) if x.dim() == 4 else x
    y = y.reshape([y.shape[axis] if size == 0 else size for axis, size in enumerate(shape)])
    return y.permute(0, 3, 1, 2) if y.dim() == 4 else y


def multiply(inputs, params):
    if len(inputs) == 2:
        left, right = inputs
        return left(right) if callable(left) else torch.matmul(left, right)
    product = torch.matmul(inputs[0], params["weight"])
    return product + params["bias"] if "bias" in params else product
