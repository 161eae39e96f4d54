"""A column of dates as timestamps, in the workspace zone.

The whole column is looked at first: which shapes its cells have (`date_forms`), and whether days
or months come first (`date_order`). The answer is one SQL expression that reads every cell by
its own form. Plain dates keep their day whatever the zones; timestamps without a zone are in the
zone of the file; timestamps with one are converted. Cells that are no date, or that lie more
than 25 years from the median of the column (year 9999, 1900-01-01), become NULL.
"""

import datetime
import zoneinfo
from dataclasses import dataclass, field

import pyarrow as pa

from lifeworth.base.errors import UsageError
from lifeworth.base.finding import Finding
from lifeworth.data.cleaning.date_forms import Form, Order, classify
from lifeworth.data.cleaning.date_order import Decision, decide
from lifeworth.data.cleaning.words import listed, literal, narrow, quoted, word
from lifeworth.engines.protocol import Engine

PLAUSIBLE_DAYS = 25 * 366
ROC_YEARS = 1911  # year 1 of the Republic of China is 1912
_CHINESE = ("年月日號号时時点點分秒", "--   ::::: ")


@dataclass(frozen=True)
class DateColumn:
    """How to read one column: `expression` gives TIMESTAMP in the workspace zone, or NULL."""

    expression: str
    has_time: bool = False
    decisions: dict[str, Decision] = field(default_factory=dict)  # by separator: 1/2/2020, 1-2-2020
    findings: list[Finding] = field(default_factory=list)

    @property
    def order(self) -> Order | None:
        """The order of day and month, where the column has dates that need one."""
        return next((decision.order for decision in self.decisions.values()), None)


@dataclass(frozen=True)
class Zones:
    """IANA zones: of timestamps in the file that name none, and of the workspace."""

    file: str
    workspace: str

    def __post_init__(self) -> None:
        for zone in (self.file, self.workspace):
            try:
                zoneinfo.ZoneInfo(zone)
            except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
                raise UsageError("DATA-212", zone=zone) from None

    def local(self, moment: str, *, has_time: bool, aware: bool) -> str:
        """`moment` in the workspace zone. Aware moments arrive as UTC."""
        source = "UTC" if aware else self.file
        if not has_time or source == self.workspace:
            return moment
        return f"timezone({literal(self.workspace)}, timezone({literal(source)}, {moment}))"


def read_dates(
    engine: Engine, source: str, column: str, *, file: str, zones: Zones,
    type: pa.DataType | None = None, asked: Order | None = None, elsewhere: Order | None = None,
) -> DateColumn:  # fmt: skip
    """Look at `column` of `source` (a table or bracketed subquery with `__row__`).

    Args:
        type: Arrow type of the column where it is not text.
    Raises:
        DataError DATA-210, DATA-211: the order of day and month cannot be told.
    """
    if type is not None and pa.types.is_temporal(type):
        aware = getattr(type, "tz", None) is not None
        moment = f"CAST({quoted(column)} AS TIMESTAMP)"
        return _plausible(engine, source, [(moment, aware, True)], zones, {}, [])
    if _is_iso(engine, source, column):
        moment = f"TRY_CAST({word(column)} AS TIMESTAMP)"
        return _plausible(engine, source, [(moment, False, True)], zones, {}, [])
    text, shapes = _shapes(engine, source, column)
    forms = {shape: form for shape in shapes if (form := classify(shape)) is not None}
    decisions = _decisions(engine, source, column, text, forms, file, asked, elsewhere)
    moments = _moments(text, forms, shapes, decisions)
    findings = []
    timed = {form.aware for form in forms.values() if form.has_time}
    if len(timed) == 2:
        findings.append(Finding("orders_zones_mixed", "info", {"file": file, "zone": zones.workspace}))
    for decision in decisions.values():
        facts = {"file": file, "column": column, "order": "/".join(decision.order.upper())}
        if decision.why != "asked":
            findings.append(Finding("orders_date_order", "info", facts))
        if decision.contradictions:
            count = decision.contradictions
            findings.append(Finding("orders_date_order_mixed", "warn", {**facts, "count": count}))
    return _plausible(engine, source, moments, zones, decisions, findings)


def _is_iso(engine: Engine, source: str, column: str) -> bool:
    """Nothing but 2016-05-23 and 2016-05-23 22:02:00: the commonest case needs no look at shapes."""
    cell = word(column)
    long = f"length({cell}) = 19 AND substr({cell}, 17, 1) = ':'"
    iso = f"(length({cell}) = 10 OR {long}) AND TRY_CAST({cell} AS TIMESTAMP) IS NOT NULL"
    found = engine.query(
        f"SELECT COUNT(*) FILTER (WHERE {cell} IS NOT NULL AND NOT ({iso})) AS other, COUNT({cell}) AS n "
        f"FROM {source}"
    ).to_pylist()[0]
    return found["other"] == 0 and found["n"] > 0


def _decisions(
    engine: Engine, source: str, column: str, text: str, forms: dict[str, Form], file: str,
    asked: Order | None, elsewhere: Order | None,
) -> dict[str, Decision]:  # fmt: skip
    """One decision for each separator: 23-05-2016 says nothing about 5/6/2016."""
    families: dict[str, list[str]] = {}
    for shape, form in forms.items():
        if form.kind == "parts":
            families.setdefault(form.separator, []).append(shape)
    decisions: dict[str, Decision] = {}
    for separator, shapes in families.items():
        chosen = f"{_shape(text)} IN {listed(shapes)}"
        rows = f"(SELECT {text} AS text, __row__ AS sequence FROM {source} WHERE {chosen})"
        example = engine.query(f"SELECT MIN(text) AS e FROM {rows}")["e"][0].as_py()
        decisions[separator] = decide(
            engine, rows, file=file, column=column, example=example, asked=asked, elsewhere=elsewhere
        )
    return decisions


def _shapes(engine: Engine, source: str, column: str) -> tuple[str, list[str]]:
    """The text to read dates from, and the shapes it has, commonest first."""
    plain = f"upper({word(column)})"
    shapes = _ask_shapes(engine, source, plain)
    if all(shape.isascii() and "  " not in shape and "SEPT " not in shape for shape in shapes):
        return plain, shapes
    joined = f"regexp_replace({narrow(plain)}, '\\s*([年月])\\s*', '\\1', 'g')"
    chinese = f"translate({joined}, {literal(_CHINESE[0])}, {literal(_CHINESE[1])})"
    for word_of_day, english in (("上午", " AM "), ("下午", " PM "), ("SEPT ", "SEP ")):
        chinese = f"replace({chinese}, {literal(word_of_day)}, {literal(english)})"
    tidy = f"trim(regexp_replace({chinese}, '\\s+', ' ', 'g'))"
    return tidy, _ask_shapes(engine, source, tidy)


def _ask_shapes(engine: Engine, source: str, text: str) -> list[str]:
    sql = f"SELECT {_shape(text)} AS shape, COUNT(*) AS n FROM {source} GROUP BY 1 ORDER BY n DESC, shape"
    return [shape for shape in engine.query(sql)["shape"].to_pylist() if shape is not None]


def _shape(text: str) -> str:
    return f"translate({text}, '123456789', '000000000')"


Moment = tuple[str, bool, bool]  # SQL that gives TIMESTAMP or NULL; aware; has_time


def _moments(
    text: str, forms: dict[str, Form], shapes: list[str], decisions: dict[str, Decision]
) -> list[Moment]:
    """One expression for each way of reading, guarded by the shapes it reads."""
    groups: dict[tuple[str, bool, bool], list[str]] = {}
    for shape, form in forms.items():
        how = _read(text, form, decisions.get(form.separator))
        groups.setdefault((how, form.aware, form.has_time), []).append(shape)
    if len(groups) == 1 and len(forms) == len(shapes):
        return list(groups)  # one way for all cells: no need to look at shapes again
    return [
        (f"CASE WHEN {_shape(text)} IN {listed(found)} THEN {how} END", aware, has_time)
        for (how, aware, has_time), found in groups.items()
    ]


def _read(text: str, form: Form, decision: Decision | None) -> str:
    number = f"TRY_CAST({text} AS DOUBLE)"
    if form.kind == "serial":
        seconds = f"CAST(round({number} * 86400) AS BIGINT)"
        return f"(TIMESTAMP '1899-12-30 00:00:00' + to_seconds({seconds}))"
    scale = {"seconds": "* 1000000", "milliseconds": "* 1000", "microseconds": "", "nanoseconds": "/ 1000"}
    if form.kind in scale:
        whole = f"TRY_CAST({text} AS DECIMAL(28, 6))"
        return f"make_timestamp(TRY_CAST(floor({whole} {scale[form.kind]}) AS BIGINT))"
    if form.kind == "roc":
        year = f"TRY_CAST(regexp_extract({text}, '\\d{{2,3}}') AS INTEGER) + {ROC_YEARS}"
        text = f"(CAST({year} AS VARCHAR) || regexp_replace({text}, '^\\D*\\d{{2,3}}', ''))"
    formats = form.formats(decision.order if decision else "ymd")
    if form.kind == "parts" and decision is not None and decision.why != "asked" and decision.order != "ymd":
        formats += form.formats("mdy" if decision.order == "dmy" else "dmy")  # rows only the other fits
    if formats in (["%Y-%m-%d"], ["%Y-%m-%d %H:%M:%S"]):
        return f"TRY_CAST({text} AS TIMESTAMP)"
    choice = "[" + ", ".join(literal(one) for one in formats) + "]"
    return f"CAST(try_strptime({text}, {choice}) AS TIMESTAMP)"


def _plausible(
    engine: Engine, source: str, moments: list[Moment], zones: Zones,
    decisions: dict[str, Decision], findings: list[Finding],
) -> DateColumn:  # fmt: skip
    """The moments as one expression, without those that lie absurdly far from the others."""
    if not moments:
        return DateColumn("CAST(NULL AS TIMESTAMP)", False, decisions, findings)
    raw = "COALESCE(" + ", ".join(moment for moment, _, _ in moments) + ")"
    days = engine.query(
        f"SELECT CAST(moment AS DATE) AS d, COUNT(*) AS n, "
        f"COUNT(*) FILTER (WHERE moment <> CAST(CAST(moment AS DATE) AS TIMESTAMP)) AS timed "
        f"FROM (SELECT {raw} AS moment FROM {source}) AS cells WHERE isfinite(moment) GROUP BY 1 ORDER BY 1"
    )
    counts, timed = days["n"].to_pylist(), sum(days["timed"].to_pylist())
    if not counts:
        return DateColumn("CAST(NULL AS TIMESTAMP)", False, decisions, findings)
    # a column of midnights is a column of dates: its days are kept, whatever the zones
    local = [
        zones.local(moment, has_time=has_time and (timed > 0 or aware), aware=aware)
        for moment, aware, has_time in moments
    ]
    middle = _median(days["d"].cast(pa.int32()).to_pylist(), counts)
    low, high = (_date(middle + sign * PLAUSIBLE_DAYS) for sign in (-1, 1))
    moment = "COALESCE(" + ", ".join(local) + ")"
    bounded = f"CASE WHEN {moment} BETWEEN TIMESTAMP '{low}' AND TIMESTAMP '{high}' THEN {moment} END"
    return DateColumn(bounded, timed > 0, decisions, findings)


def _median(values: list[int], counts: list[int]) -> int:
    half, seen = sum(counts) / 2, 0
    for value, count in zip(values, counts, strict=True):
        seen += count
        if seen >= half:
            return value
    raise ValueError("no values")


def _date(day: int) -> str:
    day = min(max(day, -25_567), 120_000)  # 1900 .. 2298, what every engine's calendar holds
    return str(datetime.date(1970, 1, 1) + datetime.timedelta(days=day))
