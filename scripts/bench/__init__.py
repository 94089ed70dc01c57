"""The benchmark of `./dev bench`.

A part is a module with a function ``measure(context)`` that returns rows. `scripts/devtool/bench.py` makes the
databases and runs each part in a process of its own, on Odoo's Python: ``python -m bench PART ROWS < context.json``.
"""
