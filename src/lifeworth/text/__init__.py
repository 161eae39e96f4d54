"""Sentences in three languages: `locales/<lang>/<area>.po`, one catalogue per language."""
