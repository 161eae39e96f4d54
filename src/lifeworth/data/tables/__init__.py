"""The canonical tables, one file each: columns, types, units, keys, privacy class."""
