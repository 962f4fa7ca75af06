"""Benchmarks: each measures one promise. See README.md."""
