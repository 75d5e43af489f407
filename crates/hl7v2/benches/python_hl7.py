"""Nanoseconds that the Python package `hl7` takes to parse each file given: the fastest of its rounds.

Ends with 3 if the package is not installed; benches/parse.rs then says so."""

import sys
import time

try:
    import hl7
except ImportError:
    sys.exit(3)

for name in sys.argv[1:]:
    with open(name, encoding="utf-8", newline="") as file:
        text = file.read()
    best = None
    until = time.monotonic() + 1.0
    while best is None or time.monotonic() < until:
        start = time.perf_counter_ns()
        message = hl7.parse(text)
        # It splits lazily by segment; one field of the last segment shows that it is done.
        message[len(message) - 1][1]
        took = time.perf_counter_ns() - start
        best = took if best is None else min(best, took)
    print(best)
