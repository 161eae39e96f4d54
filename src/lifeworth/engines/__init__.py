"""Where tables are computed. An engine runs the same portable SQL and knows no table's meaning."""
