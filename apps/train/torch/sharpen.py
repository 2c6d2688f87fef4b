"""Multiplies the logits of a saliency network's two streams, and of the map they are fused to, and changes nothing else.

Taught by soft maps a network hedges: its probabilities are right, and paler than masks. Maximal F hardly minds, mean absolute
error does (of one temperature for all logits: Guo et al. 2017, the other way round).
"""

import argparse

from graph_file import GraphFile

# The layers that give the streams' logits.
LOGITS = ("dense/level2/saliency-logits", "segment/segment-logits")
# Takes both as its last two channels, to weigh them against each other.
FUSION = "fusion/mix/weight"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", help="graph file of a saliency network")
    parser.add_argument("--by", type=float, required=True, help="factor, above 0")
    parser.add_argument("-o", "--output", required=True, help="graph file to write")
    args = parser.parse_args()
    if not args.by > 0:
        raise SystemExit(f"Expected a factor above 0 for --by but received {args.by}: above 1 sharpens.")
    graph = GraphFile(args.file)
    params = graph.params("cpu")
    for layer in LOGITS:
        for role in ("weight", "bias"):
            params[f"{layer}/{role}"] *= args.by
    params[FUSION][:, -len(LOGITS) :] /= args.by
    graph.save(args.output, params)


if __name__ == "__main__":
    main()
