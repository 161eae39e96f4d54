"""What a report says: one part of the value statement per file, as blocks."""
