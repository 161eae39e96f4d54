"""The settings of a workspace: what each may be, and what it is until someone sets it."""

from dataclasses import fields
from typing import Any
from zoneinfo import available_timezones

from lifeworth.base.errors import UsageError
from lifeworth.data.surveys import survey_scales
from lifeworth.text.catalog import language_tag
from lifeworth.value.potential.assumptions import NAMES as ASSUMED
from lifeworth.workflows.settings import Settings

DEFAULTS: dict[str, Any] = {
    "company": "",
    "currency": "",  # ISO 4217; empty: what the files say
    "zone": "",  # IANA; empty: what the files say
    "language": "en",  # of runs and reports
    "basis": "auto",
    "margin": None,
    "discount_rate": 0.10,
    "horizon_months": 12,
    "model": "auto",
    "offer_effect": None,  # this and the next three: None takes what is assumed
    "offer_effect_cv": None,
    "wallet_quantile": None,
    "base_share": None,
    "cost_to_serve": 0.0,  # this and the next two: see `segments.decision.DecisionRule`
    "decision_confidence": None,
    "grow_share": None,
    "score_weights": "",  # as `segments.score.score_weights` reads it; empty: those assumed
    "scope": "",  # column that equity is told by; empty: channels alone
    "covariates": "",  # columns known of customers that may move their rates, with commas between
    "pool_by": "",  # column whose segments get a model each; empty: none
    "survey_scale": "",  # as `data.surveys.survey_scales` reads it; empty: what the answers say
    "upload_limit_mb": 2048,
    "export_rows": 100_000,
    "requests_per_minute": 6000,  # of one user or key, on the API
    "run_after_import": False,
    "keep_runs": 0,  # this and the next two: see workflows.retention; 0 keeps everything
    "keep_files_days": 0,
    "keep_traces_days": 0,
}
OF_A_RUN = (
    "basis",
    "margin",
    "discount_rate",
    "horizon_months",
    "model",
    "language",
    "survey_scale",
    "score_weights",
    "cost_to_serve",
    "decision_confidence",
    "grow_share",
    *ASSUMED,
)
_SETTINGS = {field.name for field in fields(Settings)} & set(OF_A_RUN)
_TEXTS = {"currency", "zone", "company", "scope", "covariates", "pool_by", "survey_scale", "score_weights"}
_MAY_BE_EMPTY = {"margin", "cost_to_serve", "decision_confidence", "grow_share", *_TEXTS, *ASSUMED}
_BOUNDS = {
    "upload_limit_mb": (1, 100_000),
    "export_rows": (1, 100_000_000),
    "requests_per_minute": (10, 10_000_000),
    "keep_runs": (0, 100_000),
    "keep_files_days": (0, 100_000),
    "keep_traces_days": (0, 100_000),
}
BASES = ("auto", "net_revenue", "gross_margin", "contribution_margin")


def checked_options(values: dict[str, Any]) -> dict[str, Any]:
    """The values, in the form in which they are kept.

    Raises:
        UsageError: APP-028 for a setting that is none or out of its range, VALUE-0xx for those of a run.
    """
    kept = {key: _checked(key, value) for key, value in values.items()}
    known = {key: value for key, value in kept.items() if key in _SETTINGS and value is not None}
    Settings(**known)
    return kept


def _checked(key: str, value: Any) -> Any:
    if key not in DEFAULTS:
        raise UsageError("APP-028", setting=key, seen=value)
    default = DEFAULTS[key]
    if value in (None, "") and key in _MAY_BE_EMPTY:
        return default
    if isinstance(default, bool):
        good = isinstance(value, bool)
    elif isinstance(default, str):
        good = isinstance(value, str) and len(value) <= 200 and _is_known(key, value)
    else:
        good = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9
    low, high = _BOUNDS.get(key, (None, None))
    if good and low is not None and high is not None:
        good = isinstance(value, int) and low <= value <= high
    if not good:
        raise UsageError("APP-028", setting=key, seen=value)
    if key == "survey_scale":
        survey_scales(value)
    return language_tag(value) if key == "language" else value


def _is_known(key: str, value: str) -> bool:
    if key == "zone":
        return value in available_timezones()
    if key == "currency":
        return len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()
    return key != "basis" or value in BASES


def names_in(text: str) -> list[str]:
    """Names of columns that are written with commas between them."""
    return [name.strip() for name in text.replace("，", ",").split(",") if name.strip()]
