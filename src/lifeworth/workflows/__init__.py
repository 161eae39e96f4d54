"""The order of work: read, sum up, test, fit, simulate, publish. No arithmetic, no SQL."""
