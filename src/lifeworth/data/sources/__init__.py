"""From any file or dataframe to orders: bytes, encodings, layouts, columns, presets."""
