"""Run all benchmarks and print their table; exit 1 if a target is missed.

BENCH_ROWS: rows of the workbook (5,000).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .figures import Figure, save, table
from .portal import open_portal

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Measure, print, and write the same figures as JSON beside the logs."""
    app = open_portal(ROOT / "test.ini", Path(os.environ["SATUDATA_TEST_STACK"]))
    rows = int(os.environ.get("BENCH_ROWS", "5000"))
    figures: list[Figure] = []
    with app.test_request_context():
        from . import workbook

        for figure in workbook.measure(rows):
            figures.append(figure)
            print(table([figure]).splitlines()[1], flush=True)
    print("\n" + table(figures))
    save(figures, ROOT / ".dev" / "bench.json")
    return 0 if all(figure.verdict == "good" for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
