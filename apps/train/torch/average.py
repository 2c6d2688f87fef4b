"""Writes the mean of networks that were tuned from the same one in different ways: better than each (Wortsman et al. 2022)."""

import argparse

from graph_file import GraphFile


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", help="graph files of the same graph")
    parser.add_argument("-o", "--output", required=True, help="graph file to write")
    args = parser.parse_args()
    graphs = [GraphFile(path) for path in args.files]
    for path, graph in zip(args.files, graphs):
        if graph.entries != graphs[0].entries or graph.nodes != graphs[0].nodes:
            raise SystemExit(f"Expected the graph of {args.files[0]} but {path} holds another: average tunings of one network.")
    params = [graph.params("cpu") for graph in graphs]
    graphs[0].save(args.output, {name: sum(p[name] for p in params) / len(params) for name in params[0]})


if __name__ == "__main__":
    main()
