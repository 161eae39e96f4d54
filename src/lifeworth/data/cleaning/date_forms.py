"""The forms a date can take, told by its shape.

The shape of a cell is its text with every digit made 0: "2016/5/23 22:02" has the shape
"0000/0/00 00:00". A column has millions of cells and few shapes, so each shape is classified
once, here, and the cells are then read by the engine.
"""

import re
from dataclasses import dataclass
from typing import Literal

Order = Literal["dmy", "mdy", "ymd"]
Kind = Literal["text", "roc", "parts", "serial", "seconds", "milliseconds", "microseconds", "nanoseconds"]

_MONTH = (
    "JAN(?:UARY)?|FEB(?:RUARY)?|MAR(?:CH)?|APR(?:IL)?|MAY|JUNE?|JULY?|AUG(?:UST)?"
    "|SEP(?:TEMBER)?|OCT(?:OBER)?|NOV(?:EMBER)?|DEC(?:EMBER)?"
)
_SUFFIX = "(?:ST|ND|RD|TH)?"
_WEEKDAY = r"(?:(?:MON|TUE|WED|THU|FRI|SAT|SUN)[A-Z]*,? +)?"
_DATES = (
    # the year leads
    (re.compile(r"0000([-/. ])0{1,2}(?:\1)0{1,2}"), "%Y{0}%m{0}%d"),
    (re.compile(rf"0000([-/. ])({_MONTH})(?:\1)0{{1,2}}"), "%Y{0}{month}{0}%d"),
    # the month is a word
    (re.compile(rf"({_WEEKDAY})0{{1,2}}({_SUFFIX}[ \-/.]?)({_MONTH})([ \-/.,]{{0,2}})0000"), "words-dmY"),
    (re.compile(rf"({_WEEKDAY})0{{1,2}}({_SUFFIX}[ \-/.]?)({_MONTH})([ \-/.,]{{0,2}})00"), "words-dmy"),
    (
        re.compile(rf"({_WEEKDAY})({_MONTH})([ \-/.]{{1,2}})0{{1,2}}({_SUFFIX}[ \-/,]{{1,2}})0000"),
        "words-mdY",
    ),
    # two small numbers lead: which is the day?
    (re.compile(r"0{1,2}([-/. ])0{1,2}(?:\1)0000"), "parts-Y"),
    (re.compile(r"0{1,2}([-/.])0{1,2}(?:\1)00"), "parts-y"),
    # no separators
    (re.compile(r"00000000"), "%Y%m%d"),
    # years of the Republic of China: 民國112年3月5日, 112/03/05, 1120305
    (re.compile(r"(?:民[國国] ?)?000([-/.])0{1,2}(?:\1)0{1,2}"), "roc"),
    (re.compile(r"民[國国] ?00([-/.])0{1,2}(?:\1)0{1,2}"), "roc"),
    (re.compile(r"0000000(?!0)"), "roc"),
)  # fmt: skip
_TIME = re.compile(
    r"(T| +)((?:AM|PM) ?)?0{1,2}:0{1,2}(?P<seconds>:0{1,2})?"
    r"(?P<fraction>[.,]0{1,9})?(:)?(?: ?(AM|PM))?(?= |Z|[+-]|$)"
)
_COMPACT_TIME = re.compile(r"(T?)0000(00)?$")
_ZONE = re.compile(r" ?(?:(Z|UTC|GMT)|([+-]00(?::?00)?)|(?:\((?:UTC|GMT)\)))$")
_NUMBERS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"00000(?:\.0+)?"), "serial"),
    (re.compile(r"0{10}(?:\.0+)?"), "seconds"),
    (re.compile(r"0{13}(?:\.0)?"), "milliseconds"),
    (re.compile(r"0{16}(?:\.0)?"), "microseconds"),
    (re.compile(r"0{19}"), "nanoseconds"),
)


@dataclass(frozen=True)
class Form:
    """How cells of one shape are read. `format` has "{order}" where day and month may swap."""

    kind: Kind
    format: str = ""
    separator: str = ""
    short_year: bool = False
    has_time: bool = False
    aware: bool = False

    def formats(self, order: Order) -> list[str]:
        """strptime formats, best first."""
        letters = {"d": "%d", "m": "%m", "y": "%y" if self.short_year else "%Y"}
        date = self.separator.join(letters[part] for part in order)
        chosen = self.format.replace("{order}", date)
        # "15:05 PM" is written by people who mean 15:05
        later = chosen.replace("%I", "%H").replace("%p", "AM"), chosen.replace("%I", "%H").replace("%p", "PM")
        return [chosen, *later] if "%I" in chosen else [chosen]


def classify(shape: str) -> Form | None:
    """The form of a shape (upper case), or None where it is no date that we know."""
    for pattern, kind in _NUMBERS:
        if pattern.fullmatch(shape):
            return Form(kind, has_time=kind != "serial" or "." in shape, aware=kind != "serial")
    for pattern, form in _DATES:
        match = pattern.match(shape)
        if match is None:
            continue
        rest = _rest(shape[match.end() :], compact=form == "%Y%m%d")
        if rest is not None:
            tail, has_time, aware = rest
            return _date_form(form, match, tail, has_time, aware)
    return None


def _date_form(form: str, match: re.Match[str], tail: str, has_time: bool, aware: bool) -> Form:
    if form.startswith("parts"):
        short = form == "parts-y"
        return Form("parts", "{order}" + tail, match[1], short, has_time, aware)
    if form == "roc":
        separator = match[1] if match.re.groups else ""
        return Form("roc", separator.join(("%Y", "%m", "%d")) + tail, has_time=has_time, aware=aware)
    if form.startswith("words"):
        year = "%Y" if form.endswith("Y") else "%y"
        if form.startswith("words-d"):
            text = f"{match[1]}%d{match[2]}{_month(match[3])}{match[4]}{year}"
        else:
            text = f"{match[1]}{_month(match[2])}{match[3]}%d{match[4]}{year}"
    else:
        month = _month(match[2]) if "{month}" in form else ""
        text = form.format(match[1], month=month) if match.re.groups else form
    return Form("text", text + tail, has_time=has_time, aware=aware)


def _month(word: str) -> str:
    return "%b" if len(word) == 3 else "%B"


def _rest(text: str, compact: bool) -> tuple[str, bool, bool] | None:
    """What follows the date as a strptime format; whether it has a time; whether it has a zone."""
    if text == "":
        return "", False, False
    if compact and (match := _COMPACT_TIME.match(text)):
        return match[1] + "%H%M" + ("%S" if match[2] else ""), True, False
    match = _TIME.match(text)
    if match is None:
        return None
    before, after = match[2], match[6]
    hour = "%I" if before or after else "%H"
    time = match[1] + ("%p" + before[2:] if before else "") + hour + ":%M"
    time += ":%S" if match["seconds"] else ""
    if match["fraction"]:
        digits = len(match["fraction"]) - 1
        time += match["fraction"][0] + ("%f" if digits <= 6 else "%n")
    time += match[5] or ""
    if after:
        time += text[match.end() - 3 : match.end() - 2].replace("0", "") + "%p"
    rest = text[match.end() :]
    if rest == "":
        return time, True, False
    zone = _ZONE.fullmatch(rest)
    if zone is None:
        return None
    return time + (rest.replace(zone[2], "%z") if zone[2] else rest), True, True
