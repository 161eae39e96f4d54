"""Colours of every page, report and slide: one set of names, a light and a dark value each.

Text on `paper` and `card` reaches 4.5:1, marks in charts reach 3:1; a test proves it. Pattern
colours never stand alone: `SHAPES` gives each its shape, and its word stands beside it.
"""

TOKENS: dict[str, tuple[str, str]] = {
    "ink": ("#1d2733", "#e8edf2"),
    "muted": ("#5b6876", "#9aa7b5"),
    "paper": ("#fbfaf7", "#12171d"),
    "card": ("#ffffff", "#1a212a"),
    "line": ("#e4e1d8", "#2c3641"),
    "accent": ("#1f5f8b", "#6db3e0"),
    "wash": ("#a9c9de", "#2c5873"),  # the strong end of a heat grid; ink stays readable on it
    "historical": ("#7c8793", "#8d99a6"),
    "current": ("#1f5f8b", "#6db3e0"),
    "potential": ("#b17a12", "#e0b04a"),
    "gold": ("#b17a12", "#e0b04a"),
    "comet": ("#8a4fa3", "#b98bd0"),
    "stream": ("#2b8a7e", "#5fc2b5"),
    "burden": ("#a5504a", "#d98a84"),
    "good": ("#2e7d4f", "#6cc494"),
    "warn": ("#8f5c12", "#e0a84a"),
    "bad": ("#b23b3b", "#e88f8f"),
}
TEXT = ("ink", "muted", "accent", "good", "warn", "bad")
MARKS = ("historical", "current", "potential", "gold", "comet", "stream", "burden")
SHAPES = {"gold": "●", "comet": "◆", "stream": "▬", "burden": "▼"}
