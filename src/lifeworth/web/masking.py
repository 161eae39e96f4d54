"""Who may not see persons sees masks: one place, used by pages, API, exports.

A customer's id is often an e-mail address, a telephone number or a name. A plain number or code
of the shop (`10042`, `C-1007`) names nobody outside and stays; one as long as a telephone number, or that
begins as one (`0912345678`), does not. In a column that holds names, addresses or phones nothing is a code:
what it holds is masked whatever it looks like.
"""

import re
from typing import Any

from lifeworth.results import columns
from lifeworth.results.contract import CONTACT_FIELDS
from lifeworth.web.access import Actor

CONTACTS = (*CONTACT_FIELDS, "email", "phone")
PERSONAL = (*columns.PERSONAL, "group_id", "parent_id", "email", "phone")
_CODE = re.compile(r"[A-Za-z]{0,4}[-_#]?\d{1,10}(?:\.0)?")
_PHONE = re.compile(r"\+?[\d\s().-]{7,20}")
_DIALLED = re.compile(r"0[1-9]\d{7,8}")


def mask(value: str, column: str = columns.ID) -> str:
    """`a***@b.com`, `138****0000`, `张*`, `J***`; in a column of ids a plain code as it is."""
    if column in CONTACTS:
        return _hidden(value)
    if "@" in value[1:]:
        return _hidden(value)
    digits = re.sub(r"\D", "", value)
    if _PHONE.fullmatch(value) and (len(digits) >= 11 or digits != value or _DIALLED.fullmatch(value)):
        return f"{digits[:3]}****{digits[-4:]}"
    if _CODE.fullmatch(value):
        return value
    return value[:1] + ("*" if len(value) < 4 and not value.isascii() else "***")


def _hidden(value: str) -> str:
    """A contact, of which the larger part is never seen."""
    name, at, domain = value.partition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    digits = re.sub(r"\D", "", value)
    if _PHONE.fullmatch(value):
        ends = (3, 4) if len(digits) >= 11 else (1, 2)
        return f"{digits[: ends[0]]}****{digits[-ends[1] :]}"
    return ("" if len(value) == 1 else value[:1]) + ("*" if len(value) < 4 and not value.isascii() else "***")


def mask_row(row: dict[str, Any], actor: Actor | None) -> dict[str, Any]:
    """The row as this actor may see it. `actor` None: nobody in particular, so masked."""
    if actor is not None and actor.may("pii:view"):
        return row
    return {
        name: mask(value, name) if name in PERSONAL and isinstance(value, str) else value
        for name, value in row.items()
    }
