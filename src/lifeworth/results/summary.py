"""The shape of `summary.json`: every figure of a run that is not one customer's.

Money in major units of `currency`; estimates are {"value", "low", "high"} with the 90 %
interval; dates ISO. A run that declines individual predictions has null for estimates.
"""

from typing import Any, Literal, NotRequired, TypedDict


class Interval(TypedDict):
    value: float
    low: float
    high: float


class FindingText(TypedDict):
    """A finding with its sentence in the language of the run; `code` and `facts` serve the others."""

    code: str
    severity: Literal["info", "warn", "bad"]
    facts: dict[str, Any]
    says: str
    costs: str
    do: str


class Metrics(TypedDict):
    """Forecast against held-out months. Money per customer over the holdout; shares in 0..1."""

    bias: float  # forecast total / actual total - 1
    mae: float
    rmse: float
    spearman: float
    normalised_gini: float
    top_10_capture: float  # share of actual value held by the predicted best tenth of customers
    decile_error: float  # |forecast - actual| of the tenths' totals, as a share of actual value
    error: float  # mean of mae / mean actual, decile_error and 1 - normalised_gini; see decisions/0004-grade
    coverage: float | None  # share of customers inside their 90 % interval; null for the formula
    total_inside: bool | None  # the actual total lies inside the interval of the total


class Decile(TypedDict):
    """Customers sorted by forecast, best tenth first; means per customer over the holdout."""

    decile: int
    customers: int
    forecast: float
    actual: float


class Candidate(TypedDict):
    name: str  # "formula", "BGNBD", "MBGNBD", "ParetoNBD"
    metrics: Metrics | None
    declined: FindingText | None  # why it could not compete


class Week(TypedDict):
    """Repeat purchases of the whole base in one period; `expected` by the chosen model."""

    start: str
    actual: float
    expected: float
    holdout: bool


class Miss(TypedDict):
    """The total that the candidate in use would have forecast at a cut-off, and what came."""

    cutoff: str
    customers: int
    bias: float
    forecast: float
    actual: float


class Backtest(TypedDict):
    cutoff: str
    months: float  # length of the holdout
    customers: int
    grade: Literal["A", "B", "C"]  # A: >= 5 % smaller error than the formula, B: 0-5 %, C: worse
    gain: float  # how much smaller the best model's error is than the formula's; see decisions/0004-grade
    metrics: Metrics
    baseline_metrics: Metrics
    candidates: list[Candidate]
    deciles: list[Decile]
    tracking: list[Week]
    earlier: list[Miss]  # of the candidate in use at earlier cut-offs, newest first


class Model(TypedDict):
    name: str  # "BGNBD", "MBGNBD", "ParetoNBD", "ParetoNBDCovariates", "ParetoNBDPooled" or "formula"
    time_unit: str  # "D": parameters are per day
    params: dict[str, float]
    standard_errors: dict[str, float]
    log_likelihood: float | None
    converged: bool | None
    boundary: list[str]  # parameters that ran to a boundary
    spend: dict[str, Any] | None  # the same for the spend model
    correlation: float | None  # between frequency and spend of repeat buyers
    segments: NotRequired[list[dict[str, Any]]]  # segment, customers, params, standard_errors; where pooled


class Step(TypedDict):
    """One step of the waterfall: `amount` is added, or stands as the sum so far where `sum` is true."""

    key: str
    amount: float
    sum: bool


class Group(TypedDict):
    """One row of one segmentation."""

    scheme: Literal["pattern", "tier", "grade", "rfm_class", "decision"]
    key: str
    customers: int
    net_sales: float
    historical_value: float
    current_value: Interval | None
    potential_value: Interval | None
    waterfall: list[Step]
    thresholds: dict[str, float]  # the rule in numbers, for the sentence that states it


class Scenario(TypedDict):
    """One lever moved by `change` (share of churn or price, points of margin or discount rate)."""

    lever: Literal["churn", "price", "margin", "discount_rate"]
    change: float
    value: float  # current value then
    low: float
    high: float
    difference: float  # from the base case, with its own 90 % interval; null in runs of older versions
    difference_low: float | None
    difference_high: float | None
    break_even_loss: float | None  # share of purchases whose loss undoes a rise in price


class Scenarios(TypedDict):
    base: Interval  # current value as it is
    rows: list[Scenario]


class Summary(TypedDict):
    lifeworth: str  # version
    run_id: str  # the moment it was created
    created: str  # moment in UTC
    language: str  # of sentences in this file
    source: list[str]  # file names
    as_of: str  # the day that ages and forecasts count from
    currency: str  # ISO 4217 code, or "" where the file names none
    basis: Literal["revenue", "profit"]  # what every value is
    value_basis: Literal["net_revenue", "gross_margin", "contribution_margin"]  # what it deducts
    margin: float | None  # the flat rate given, if any
    horizon_months: float
    discount_rate: float  # annual, effective
    customers: int  # with at least one counted purchase
    repeat_customers: int  # of these, with purchases on two days or more
    orders: int  # counted
    period: dict[str, str]  # first, last order date
    gross_sales: float  # this and the next two: of these customers
    refunds: float
    net_sales: float  # gross sales less discounts and refunds
    without_customer: dict[str, int]  # lines that name nobody; they count in import_report.json only
    costs: dict[str, float]  # by kind, deducted in historical value; "unallocated" is not
    costs_not_deducted: dict[str, float]  # known, but not part of the value basis
    costs_set_aside: dict[str, float]  # by kind: entries that begin after the as-of day
    cost_rules: list[dict[str, str]]  # {"kind", "driver"}: how costs that name nobody were shared out
    waterfall: list[Step]  # from gross sales to lifetime value; adds up to the cent
    totals: dict[str, float | None]  # every value column of the customers, and current_value_undiscounted
    potential: dict[str, Any] | None  # streams with grade and needs, backtest, wallet, assumptions
    referrals: dict[str, Any] | None  # R, band over who would have come anyway, classes, growth
    intervals: dict[str, Interval]  # of value totals, expected_purchases, active_customers, remaining_months
    acquisition: dict[str, Any] | None  # cost of winning customers: total, by channel; see results.channels
    value_score: dict[str, Any] | None  # weights, and which parts were known; `segments.score`
    surveys: dict[str, Any] | None  # NPS, CSAT, two-way value, relation to later value; `value.satisfaction`
    relationships: dict[str, Any] | None  # households and accounts: how many, totals, concentration
    subscriptions: dict[str, Any] | None  # states, monthly revenue, plans, mix; see results.subscriptions
    campaigns: list[dict[str, Any]] | None  # by lot: arms, effects with intervals, checks
    scenarios: Scenarios | None  # what current value hangs on
    concentration: dict[str, float]  # top_10_share, top_20_share of current value (or of net sales)
    model: Model | None
    backtest: Backtest | None
    individual: bool  # false: too little data, cohort figures only
    next_90_days: dict[str, Any] | None  # value by product line, where some are named; `results.near_term`
    dimensions: dict[str, Any] | None  # time x share x scope: factors and current value by cell of the scope
    active_window: dict[str, Any] | None  # window_days and median_gap_days; `value.active_window`
    margin_ahead: dict[str, float | None] | None  # pooled margin rate, its standard_error, credibility_days
    decisions: dict[str, Any] | None  # keep, grow, fix, release: the rule, and whether costs are known for it
    grades: dict[str, Any] | None  # borders in money; the earlier run, who kept and who changed the grade
    segments: list[Group]
    rfm_rule: dict[str, Any]  # quintile and class thresholds
    findings: list[FindingText]  # data usability, worst first
    warnings: list[str]  # the sentences of findings that are not "info"
