"""The same figures by SciPy: cases as JSON on standard input, answers as JSON on standard output."""
import json
import sys

import numpy as np
from scipy import stats


def fisher(c):
    (calls, errors), (then, failed) = c["before"], c["after"]
    return stats.fisher_exact([[failed, then - failed], [errors, calls - errors]], alternative="greater").pvalue


def pooled(samples):
    chances, seen = np.array([1.0]), 0
    for s in samples:
        (calls, errors), (then, failed) = s["before"], s["after"]
        both = errors + failed
        chances = np.convolve(chances, stats.hypergeom.pmf(np.arange(0, min(both, then) + 1), calls + then, both, then))
        seen += failed
    return chances[seen:].sum()


def lifted(c):
    (calls, errors), (then, failed) = c["before"], c["after"]
    errors += c["lift"] * (calls - errors)
    return stats.betabinom.sf(failed - 1, then, errors + 1, calls - errors)


cases = json.load(sys.stdin)
json.dump(
    {
        "fisher": [fisher(c) for c in cases["samples"]],
        "lifted": [lifted(c) for c in cases["samples"]],
        "limit": [stats.binomtest(c["after"][1], c["after"][0]).proportion_ci(0.98, "exact").high for c in cases["samples"]],
        "at_least": [stats.binom.sf(c["after"][1] - 1, c["after"][0], 0.01) for c in cases["samples"]],
        "pooled": [pooled(p) for p in cases["stages"]],
    },
    sys.stdout,
)
