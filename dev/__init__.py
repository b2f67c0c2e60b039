"""The development stack: everything that `make demo` and `make test` start.

Standard library only: it runs under the system's python3 before any virtual
environment exists. Start it with `python3 -m dev`, or by the Makefile.
"""
