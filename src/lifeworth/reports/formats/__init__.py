"""Documents as files: HTML with its charts."""
