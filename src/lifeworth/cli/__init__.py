"""The command line: answers on stdout, progress and notes on stderr."""
