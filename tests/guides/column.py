"""One column of docs/guides/coming_from.md, run cell by cell; also inside a peer's own environment.

Called as a program with a file of JSON {"setup": code, "cells": [code, ...]}, prints the totals.
"""

import ast
import json
import sys
import warnings

import numpy as np


def totals(setup, cells):
    """What each cell that is an expression adds up to (missing values left out); None for the others."""
    names = {}
    exec(setup, names)
    return [_total(cell, names) for cell in cells]


def _total(cell, names):
    body = ast.parse(cell).body
    if len(body) > 1 or not isinstance(body[0], ast.Expr):
        exec(cell, names)
        return None
    found = eval(cell, names)
    if not hasattr(found, "to_numpy") and not isinstance(found, list | float | np.ndarray):
        return None
    if hasattr(found, "select_dtypes"):
        found = found.select_dtypes("number")
    return float(np.nansum(np.asarray(found, float)))


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    with open(sys.argv[1], encoding="utf-8") as stream:
        sys.stdout.write(json.dumps(totals(**json.load(stream))) + "\n")
