"""One file per command; each offers `run`."""
