"""From the raw numbers of the benchmarks to a page and its plots."""
