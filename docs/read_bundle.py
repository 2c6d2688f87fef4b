"""A small reader of Pocketlens bundles: onnxruntime, numpy and pillow, and what manifest.json says.

python read_bundle.py BUNDLE            runs the golden cases and compares
python read_bundle.py BUNDLE line.png   reads the picture of one line
"""
import json, os, sys
from pathlib import Path
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # before the import: from 1.29 on it tells its makers of its use
import numpy as np, onnxruntime
from PIL import Image, ImageOps


def grey(picture):
    """Luminance in linear light, as 8-bit sRGB by a table of 256 shades; transparent pixels on white."""
    if picture.mode == "L":
        return np.asarray(picture, np.float64)
    rgba = np.asarray(picture.convert("RGBA"), np.int64)
    v = (rgba[..., :3] * rgba[..., 3:] + 255 * (255 - rgba[..., 3:])) // 255 / 255
    y = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
    shades = np.arange(256) / 255
    table = np.rint(255 * np.where(shades <= 0.0031308, 12.92 * shades, 1.055 * shades ** (1 / 2.4) - 0.055))
    return np.floor(np.interp(255 * y, np.arange(256), table) + 0.5)


def weights(size, length):
    """Rows of a matrix from `size` to `length` pixels: area where it shrinks, linear where it grows."""
    matrix = np.zeros((length, size))
    step = size / length
    for i in range(length):
        if step > 1:
            low, high = i * step, (i + 1) * step
            for k in range(int(low), min(size, int(np.ceil(high)))):
                matrix[i, k] = (min(high, k + 1) - max(low, k)) / step
        else:
            centre = (i + 0.5) * step - 0.5
            k = int(np.floor(centre))
            matrix[i, max(0, k)] += 1 - (centre - k)
            matrix[i, min(size - 1, max(0, k + 1))] += centre - k
    return matrix


def resize(plane, width, height):
    scaled = weights(plane.shape[0], height) @ plane @ weights(plane.shape[1], width).T
    return np.floor(scaled + 0.5)


def triangle(size, length):
    """To a map of another size: linear where it grows, a triangle filter where it shrinks."""
    step, radius = size / length, max(1, size / length)
    centres = np.clip((np.arange(length) + 0.5) * step - 0.5, 0, size - 1)
    matrix = np.maximum(0, 1 - np.abs(np.arange(size)[None] - centres[:, None]) / radius)
    return matrix / matrix.sum(1, keepdims=True)


class Bundle:
    def __init__(self, folder, precision=None):
        self.folder = Path(folder)
        self.manifest = json.loads((self.folder / "manifest.json").read_text("utf-8"))
        self.models = {model["task"]: model for model in self.manifest["models"]}
        self.precision, self.open = precision, {}

    def run(self, task, feeds):
        """Role → array, both ways."""
        variants = [v for v in self.models[task]["variants"] if v["format"] == "onnx"]
        variant = next(v for v in variants if self.precision in (None, v["precision"]))
        if task not in self.open:
            self.open[task] = onnxruntime.InferenceSession(str(self.folder / variant["files"][0]))
        names = {t["role"]: t["name"] for t in variant["inputs"]}
        results = self.open[task].run(None, {names[role]: value for role, value in feeds.items()})
        by_name = dict(zip((output.name for output in self.open[task].get_outputs()), results))
        return {t["role"]: by_name[t["name"]] for t in variant["outputs"]}

    def line_input(self, crop):
        """A grey crop → [1, 1, height, width], and the width that is crop."""
        rules = self.models["text-recognition"]["preprocessing"]
        trim, size, levels, pad = (rules[key] for key in ("trim", "resize", "normalise", "pad"))
        height, width = crop.shape
        if trim and height >= trim["leastHeight"] and width >= trim["leastWidth"]:
            contrast = np.abs(np.diff(crop, axis=1)).sum(1)
            rows = np.flatnonzero(contrast > trim["rowShare"] * contrast.max())
            if len(rows):
                margin = max(1, int(trim["margin"] * (rows[-1] - rows[0] + 1) + 0.5))
                kept = crop[max(0, rows[0] - margin) : rows[-1] + 1 + margin]
                crop = kept if len(kept) >= trim["leastKept"] else crop
        wide = crop.shape[1] * size["height"] / crop.shape[0] * size["stretch"]
        if size["widen"] and wide < size["widen"]["below"]:
            wide = size["widen"]["below"] * (wide / size["widen"]["below"]) ** size["widen"]["power"]
        content = min(size["mostWidth"], max(size["leastWidth"], int(wide + 0.5)))
        scaled = resize(crop, content, size["height"])
        ordered = np.sort(scaled.ravel())
        low, high, paper = (ordered[int(levels[key] * len(ordered))] for key in ("low", "high", "paper"))
        gain, centre = 2 / max(levels["leastRange"], high - low), (low + high) / 2
        step = pad["multipleOf"]
        padded = -(-(content + pad["least"]) // step) * step
        image = np.full((1, 1, size["height"], padded), (paper - centre) * gain, np.float32)
        image[0, 0, :, :content] = (scaled - centre) * gain
        return image, content

    def text(self, logits, content):
        """Greedy CTC: the best class of each frame, repeats merged, blanks dropped; letters that fire twice are one."""
        rules, size = (self.models["text-recognition"][key] for key in ("postprocessing", "preprocessing"))
        frames = (-(-content // rules["frameStep"]) + 1) * rules["subframes"]
        scores = logits[0, :frames].astype(np.float64)
        best, sure = scores.argmax(1), 1 / np.exp(scores - scores.max(1, keepdims=True)).sum(1)
        repeats, height = rules["repeats"], size["resize"]["height"] * size["resize"]["stretch"]
        nearer = repeats["leastAdvance"] * height * rules["subframes"] / rules["frameStep"]
        kept = []  # letter, first frame, confidence
        for first in [i for i in range(len(best)) if best[i] != rules["blank"] and (i == 0 or best[i] != best[i - 1])]:
            end = next((i for i in range(first, len(best)) if best[i] != best[first]), len(best))
            run, last = (rules["charset"][best[first]], first, sure[first:end].max()), kept[-1] if kept else ("", 0, 0)
            if run[0] == last[0] and first - last[1] < nearer:
                if run[0] not in repeats["narrow"] or min(run[2], last[2]) < repeats["certain"]:
                    kept[-1] = (*last[:2], max(run[2], last[2]))
                    continue
            kept.append(run)
        return "".join(letter for letter, _, _ in kept).strip()

    def read_line(self, picture):
        image, content = self.line_input(grey(picture))
        return self.text(self.run("text-recognition", {"image": image})["logits"], content)

    def page_input(self, page):
        """The copy of a grey page that is looked at first → [1, 1, height, width]."""
        rules = self.models["text-detection"]["preprocessing"]
        size, pixels, step = rules["resize"], page.size, rules["pad"]["multipleOf"]
        factor = min(size["maxEnlargement"], max(1, (size["minPixels"] / pixels) ** 0.5))
        if pixels > size["maxPixels"]:
            factor = (size["maxPixels"] / pixels) ** 0.5
        if pixels * factor**2 >= rules["coarse"]["fromPixels"]:
            factor *= rules["coarse"]["factor"]
        height, width = (max(1, int(np.floor(n * factor + 0.5))) for n in page.shape)
        scaled = np.pad(resize(page, width, height), ((0, -height % step), (0, -width % step)), mode="edge")
        return ((scaled - rules["normalise"]["mean"]) / rules["normalise"]["std"]).astype(np.float32)[None, None]

    def photo_input(self, picture):
        """A photograph squashed to the network's size → [1, 3, height, width]."""
        rules = self.models["saliency"]["preprocessing"]
        size, levels = rules["resize"], rules["normalise"]
        rgb = np.asarray(picture.convert("RGB"), np.float64)
        planes = [resize(rgb[..., c], size["width"], size["height"]) for c in range(3)]
        return ((np.stack(planes) - levels["mean"]) / levels["std"]).astype(np.float32)[None]

    def saliency(self, feeds, width, height):
        """The map as round(255 p) at the picture's size."""
        rules = self.models["saliency"]["preprocessing"]
        found = self.run("saliency", feeds)["saliency"][0, 0]
        if rules["mirror"]:
            grids = {role: int(feeds[role].shape[axis] ** 0.5) for role, axis in (("pool", 2), ("paint", 1)) if role in feeds}
            turned = dict(feeds, image=feeds["image"][..., ::-1])
            if grids:
                slots, p, q = feeds["pool"].shape[1], grids["pool"], grids["paint"]
                turned["pool"] = feeds["pool"].reshape(1, slots, p, p)[..., ::-1].reshape(1, slots, p * p)
                turned["paint"] = feeds["paint"].reshape(1, q, q, slots)[:, :, ::-1].reshape(1, q * q, slots)
            turned = {role: np.ascontiguousarray(value) for role, value in turned.items()}
            found = (found + self.run("saliency", turned)["saliency"][0, 0][:, ::-1]) / 2
        full = triangle(found.shape[0], height) @ found @ triangle(found.shape[1], width).T
        return np.rint(255 * np.clip(full, 0, 1))

    def tensor(self, spec):
        codes = np.fromfile(self.folder / spec["path"], "<" + {"uint8": "u1", "uint16": "u2", "float32": "f4"}[spec["dtype"]])
        return (codes * spec["scale"] + spec["offset"]).reshape(spec["shape"]).astype(np.float32)

    def check(self, task, golden):
        """What one golden case gives: sentences about what is wrong."""
        picture = Image.open(self.folder / golden["picture"])
        expected = json.loads((self.folder / golden["expected"]).read_text("utf-8"))
        feeds = {role: self.tensor(spec) for role, spec in golden["inputs"].items()}
        variants = [v["precision"] for v in self.models[task]["variants"] if v["format"] == "onnx"]
        allowed = golden["tolerance"][self.precision or variants[0]]
        for role, value in self.run(task, feeds).items():
            wanted = self.tensor(golden["outputs"][role])
            off = np.abs(value - wanted).mean() / np.abs(wanted).max()
            print(f"{task}: output {role} is off by {off:.1e} of {allowed:.0e}")
            if not off <= allowed:
                yield f"{role} is off by {off:.1e}"
        made = {
            "text-recognition": lambda: self.line_input(grey(picture))[0],
            "text-detection": lambda: self.page_input(grey(picture)),
            "saliency": lambda: self.photo_input(picture),
        }[task]()
        image = feeds["image"]
        if made.shape != image.shape or np.abs(made - image).mean() > 0.01:
            yield f"pre-processing makes {made.shape}, not what is stored"
        if task == "text-recognition" and self.read_line(picture) != expected["text"]:
            yield f'it reads "{self.read_line(picture)}" for "{expected["text"]}"'
        if task == "saliency":
            found = self.saliency({**feeds, "image": made}, *picture.size)
            wanted = np.asarray(Image.open(self.folder / Path(golden["expected"]).parent / expected["map"]).convert("L"))
            if np.abs(found - wanted).mean() / 255 > max(0.002, allowed):
                yield "its map is another"


if __name__ == "__main__":
    bundle = Bundle(sys.argv[1])
    if len(sys.argv) > 2:
        print(bundle.read_line(ImageOps.exif_transpose(Image.open(sys.argv[2]))))
        sys.exit()
    wrong = [f"{task}: {what}" for task, model in bundle.models.items() for golden in model["goldens"] for what in bundle.check(task, golden)]
    sys.exit("\n".join(wrong) if wrong else print("as the goldens"))
