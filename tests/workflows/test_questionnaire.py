"""Questions that any survey tool may ask: known when the answers come back, and fed to what they name."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from lifeworth.data.samples.company import write_company
from lifeworth.data.sources.companions import read_companion
from lifeworth.data.tables.companions.surveys import MEASURES, REACH, SURVEYS, WALLET
from lifeworth.engines.duckdb import DuckDBEngine
from lifeworth.reports.documents import referrals as referrals_section
from lifeworth.reports.documents.reading import Reading
from lifeworth.text.catalog import catalog
from lifeworth.text.questionnaire import ITEMS, questionnaire, questionnaire_csv
from lifeworth.workflows.value import value_files

LANGUAGES = ("en", "zh-Hans", "zh-Hant")


def test_every_column_that_a_survey_may_fill_has_its_question():
    assert {item.column for item in ITEMS} == {*MEASURES, REACH, *WALLET} - {"spend_months"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("numbered", ["{0}", "{1}、{0}", "Q{1}. {0}", "{1}.{0}*"])
def test_answers_come_back_under_the_questions_as_they_were_asked(language, numbered):
    rows = questionnaire(catalog(language))
    headers = [numbered.format(row["question"], place) for place, row in enumerate(rows, 3)]
    told = {"nps": "9", "csat": "4", "share_of_wallet": "30%"}
    cells = [told.get(row["column"], "3") for row in rows]
    frame = pd.DataFrame([["C1", "2025-03-01", *cells]], columns=["customer id", "date", *headers])
    read = read_companion(frame, SURVEYS, engine=DuckDBEngine())
    assert {read.mapping[row["column"]] for row in rows} == set(headers)
    assert all(read.mapping[row["column"]] == header for row, header in zip(rows, headers, strict=True))
    assert read.table["reach"].to_pylist() == [3]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_is_a_table_for_spreadsheets(language):
    text = questionnaire_csv(catalog(language))
    title, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert len(set(title)) == 4
    assert [row[0] for row in rows] == [item.column for item in ITEMS]
    assert all(all(row) for row in rows)


def test_people_told_weigh_in_the_referral_model(tmp_path):
    """Where people told follow the number that a customer truly brings, the weight is near 1."""
    files = write_company(tmp_path, "en", customers=4000)
    rng = np.random.default_rng(4)
    surveys, R = pd.read_csv(files.surveys), files.company.referral_mean
    told = 40 * R[files.beside.who] / R.mean() * rng.lognormal(0, 0.2, len(files.beside.who))
    surveys["followers"] = np.round(told).astype(int)
    surveys.to_csv(tmp_path / "told.csv", index=False)
    given = {"referrals": str(files.referrals), "model": "MBGNBD", "currency": files.currency}
    run = value_files([files.orders], tmp_path / "run", surveys=str(tmp_path / "told.csv"), **given)
    found = run.summary["referrals"]
    weight, error = (found[name]["reach"] for name in ("parameters", "standard_errors"))
    assert abs(weight - 1.0) < 3 * error + 0.25  # the noise of the answers draws it down
    assert weight > 3 * error
    said = referrals_section.section(Reading(run, "en")).blocks
    assert any("twice as many people" in getattr(block, "text", "") for block in said)
    answers = run.tables["survey_answers"].filter(
        np.array(run.tables["survey_answers"]["measure"].to_pylist()) == "reach"
    )
    assert set(answers["use"].to_pylist()) <= {"used", "older", "late", "repeated"}
    assert run.tables["surveys"]["reach"].null_count == 0
