"""The questions worth asking customers: the column each answers, how to answer, and what it feeds.

Any survey tool can ask them. The questions as written here are header words of the survey file, so that
the answers come back without a mapping.
"""

import csv
import io
from typing import NamedTuple

from lifeworth.text.catalog import Catalog

TITLES = ("column", "question", "answers", "feeds")


class Item(NamedTuple):
    """column of the survey file; answers: how they are given; feeds: the part of the model."""

    column: str
    answers: str
    feeds: str


ITEMS = (
    Item("nps", "ten", "referral_answer"),
    Item("recommend", "agree", "referral_answer"),
    Item("reach", "count", "referral_reach"),
    Item("csat", "satisfied", "satisfaction"),
    Item("economic", "agree", "two_way"),
    Item("functional", "agree", "two_way"),
    Item("emotional", "agree", "two_way"),
    Item("category_spend", "money", "wallet"),
    Item("spend_elsewhere", "money", "wallet"),
    Item("share_of_wallet", "percent", "wallet"),
    Item("brands_used", "count", "wallet"),
    Item("brand_rank", "rank", "wallet"),
)


def questionnaire(words: Catalog) -> list[dict[str, str]]:
    """One row per question: column, question, answers, feeds, in a language."""
    return [
        {
            "column": item.column,
            "question": words.text(f"questionnaire.item.{item.column}"),
            "answers": words.text(f"questionnaire.answers.{item.answers}"),
            "feeds": words.text(f"questionnaire.feeds.{item.feeds}"),
        }
        for item in ITEMS
    ]


def questionnaire_csv(words: Catalog) -> str:
    """The same as CSV that spreadsheets open, with titles in the language."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([words.text(f"questionnaire.{title}") for title in TITLES])
    writer.writerows([row.values() for row in questionnaire(words)])
    return "\ufeff" + text.getvalue()
