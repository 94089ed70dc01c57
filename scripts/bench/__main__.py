"""Run one part: its context comes from standard input, its rows go to a file as JSON."""

import importlib
import json
import sys

PARTS = ("filing", "big", "memory", "workers", "latency", "burst")

if __name__ == "__main__":
    name, target = sys.argv[1:]
    if name not in PARTS:
        sys.exit(f"no part {name}; there are {', '.join(PARTS)}")
    rows = importlib.import_module(f"bench.{name}").measure(json.load(sys.stdin))
    with open(target, "w", encoding="utf-8") as file:
        json.dump([row.as_dict() for row in rows], file)
