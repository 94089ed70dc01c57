"""What `./dev bench` runs: the parts of the benchmark, and what they share.

A part is a module with a function ``measure(context)`` that returns rows. Each runs in a process of its own, with
the Python and the environment of Odoo::

    python -m bench PART < context.json > rows.json

`./dev bench` (`scripts/devtool/bench.py`) makes the PostgreSQL cluster and the databases, runs the parts and puts the
rows together. What it imports of this package needs the standard library alone: `rows`, `stats`, `report`.
"""
