"""Shared words: errors, history, findings, money, clock, chance. Imports nothing of ours."""
