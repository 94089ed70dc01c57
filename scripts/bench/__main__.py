"""Run one part: read its context from standard input, write its rows to a file as JSON."""

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

if __name__ == "__main__":
    part, target = sys.argv[1:]
    rows = importlib.import_module(f"bench.{part}").measure(json.load(sys.stdin))
    Path(target).write_text(json.dumps([asdict(row) for row in rows]), encoding="utf-8")
