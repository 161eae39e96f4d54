"""Orders as canonical tables: read, cleaned, judged, summed up to customers."""
