"""Pages: one file each, exposing `router`."""
