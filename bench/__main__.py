"""Run the benchmarks and print their table; exit 1 if a target is missed.

BENCH: names of those to run, separated by commas (all). BENCH_DUTIES: sizes of the quarter
(10000,100000). BENCH_ROWS: rows of the workbook (5,000).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from .figures import Figure, save, table
from .portal import open_portal

ROOT = Path(__file__).resolve().parents[1]


def _quarter() -> Iterator[Figure]:
    from . import quarter

    sizes = os.environ.get("BENCH_DUTIES", "10000,100000")
    yield from quarter.measure([int(size) for size in sizes.split(",")])


def _pages() -> Iterator[Figure]:
    from . import pages

    yield from pages.measure()


def _writes() -> Iterator[Figure]:
    from . import writes

    yield from writes.measure()


def _workbook() -> Iterator[Figure]:
    from . import workbook

    yield from workbook.measure(int(os.environ.get("BENCH_ROWS", "5000")))


BENCHMARKS = {"quarter": _quarter, "pages": _pages, "writes": _writes, "workbook": _workbook}
"""In this order: the pages are read over the largest quarter."""


def main() -> int:
    """Measure, print, and write the same figures as JSON beside the logs."""
    app = open_portal(ROOT / "test.ini", Path(os.environ["SATUDATA_TEST_STACK"]))
    chosen = os.environ.get("BENCH", ",".join(BENCHMARKS)).split(",")
    figures: list[Figure] = []
    for name in chosen:
        with app.test_request_context():
            for figure in BENCHMARKS[name]():
                figures.append(figure)
                print(table([figure]).splitlines()[1], flush=True)
    print("\n" + table(figures))
    save(figures, ROOT / ".dev" / "bench.json")
    return 0 if all(figure.verdict == "good" for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
