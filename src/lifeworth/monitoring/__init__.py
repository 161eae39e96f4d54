"""Is it still true: forecasts against what happened. Arrays in, the shapes of `results/summary.py` out."""
