"""REST API /api/v1: everything the pages do. One file per resource, each exposing `router`."""
