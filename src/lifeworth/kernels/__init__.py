"""Arithmetic over arrays. NumPy only; imports nothing of ours and checks no input.

The formulas of the models stand in `lifeworth.models`; here is what makes them quick and exact:
blocks of rows, equal rows counted once, Newton steps, continued fractions, quadrature rules.
"""
