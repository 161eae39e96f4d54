"""From a file of campaigns to lots: who was drawn into which arm of which campaign, and when.

A customer's first row in a campaign counts. Who stands in two arms of one campaign is in none. The control
is the arm that is named so, or else the one arm that got no offer; where neither tells, the campaign is set
aside, because a wrong guess turns the effect round.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.errors import DataError
from lifeworth.base.finding import Finding
from lifeworth.data.sources.companions import read_companion
from lifeworth.data.sources.headers import plain
from lifeworth.data.tables.companions.campaigns import CAMPAIGNS
from lifeworth.engines.protocol import Engine

_CONTROL = (
    "control, control group, ctrl, hold-out, hold out, holdout, no offer, nothing, none, placebo, "
    "untreated, 对照, 对照组, 空白, 空白组, 控制组, 未发放, 不发放"
)
CONTROL = frozenset(plain(word) for word in _CONTROL.split(","))
OBJECTIVES = {
    plain(word): stream
    for stream, words in {
        "add_on": "add-on, add on, addon, accessories, 附加, 附加销售, 加购, 配件",
        "up_sell": "up-sell, up sell, upsell, upgrade, 升级, 升级销售, 向上销售",
        "cross_sell": "cross-sell, cross sell, crosssell, 交叉, 交叉销售",
    }.items()
    for word in words.split(",")
}


@dataclass(frozen=True)
class Lot:
    """One campaign; k customers, arrays (k,).

    arms: names, the control first; arm: a place among them; day: of the offer; offered: whether the row names
    an offer, None where no row does; objective: a stream of potential value, None for any;
    control_share: as planned, None where nobody says; two_arms, repeated: customers and rows set aside.
    """

    name: str
    objective: str | None
    arms: list[str]
    customers: list[str]
    arm: NDArray[np.int64]
    day: NDArray[np.int64]
    offered: NDArray[np.bool_] | None
    control_share: float | None
    two_arms: int
    repeated: int

    def of_arms(self, places: list[int]) -> "Lot":
        """Of these arms alone, the first of them the control."""
        lot = self.part(np.isin(self.arm, places))
        new = np.full(len(self.arms), -1, np.int64)
        new[places] = np.arange(len(places))
        return replace(lot, arms=[self.arms[at] for at in places], arm=new[lot.arm])

    def part(self, rows: NDArray[np.bool_]) -> "Lot":
        chosen = [who for who, kept in zip(self.customers, rows.tolist(), strict=True) if kept]
        return Lot(
            self.name, self.objective, self.arms, chosen, self.arm[rows], self.day[rows],
            None if self.offered is None else self.offered[rows],
            self.control_share, self.two_arms, self.repeated,
        )  # fmt: skip


@dataclass(frozen=True)
class Lots:
    campaigns: list[Lot]
    rejected: pa.Table
    findings: list[Finding]


def read_campaigns(source: Any, engine: Engine, zone: str = "UTC") -> Lots:
    """The campaigns of a file, by name; a finding for each that has to be set aside.

    Raises:
        DataError: where none is left, DATA-370 if nothing tells which arm is the control, DATA-371 for a
            campaign without one; DATA-301 without a needed column, and as for companion files.
    """
    read = read_companion(source, CAMPAIGNS, engine=engine, zone=zone)
    rows = read.table.sort_by([("day", "ascending"), ("source_row", "ascending")]).to_pylist()
    by_name: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_name.setdefault(row["campaign"] or "", []).append(row)
    lots, findings = list[Lot](), list(read.findings)
    refused: DataError | None = None
    for name in sorted(by_name):
        try:
            lots.append(_lot(name, by_name[name], read.name))
        except DataError as error:
            refused = refused or error
            findings.append(Finding("campaign_control", "warn", {"campaign": name}))
    if refused and not lots:
        raise refused
    return Lots(lots, read.rejected, findings)


def _lot(name: str, rows: list[dict[str, Any]], file: str) -> Lot:
    arms: dict[str, str] = {}  # as compared -> as first spelled
    first: dict[str, tuple[str, dict[str, Any]]] = {}
    torn: set[str] = set()
    for row in rows:
        arm = plain(row["arm"])
        arms.setdefault(arm, row["arm"].strip())
        known = first.setdefault(row["customer_id"], (arm, row))
        if known[0] != arm:
            torn.add(row["customer_id"])
    kept = [(arm, row) for who, (arm, row) in first.items() if who not in torn]
    control = _control(name, rows, sorted(arms), file, arms)
    order = [control, *sorted(arms.keys() - {control})]
    place = {arm: at for at, arm in enumerate(order)}
    offered = np.array([bool(row["offer"]) for _, row in kept], bool)
    shares = [row["control_share"] for row in rows if row["control_share"]]
    aims = {
        OBJECTIVES[plain(row["objective"])] for row in rows if plain(row["objective"] or "") in OBJECTIVES
    }
    return Lot(
        name,
        aims.pop() if len(aims) == 1 else None,
        [arms[arm] for arm in order],
        [row["customer_id"] for _, row in kept],
        np.array([place[arm] for arm, _ in kept], np.int64),
        np.array([row["day"] for _, row in kept], np.int64),
        offered if any(row["offer"] for row in rows) else None,
        _share(shares[0]) if shares else None,
        len(torn),
        len(rows) - len(first) - sum(row["customer_id"] in torn for row in rows) + len(torn),
    )


def _control(
    name: str, rows: list[dict[str, Any]], arms: list[str], file: str, spelled: dict[str, str]
) -> str:
    seen = ", ".join(spelled[arm] for arm in arms)
    facts = {"file": file, "campaign": name, "seen": seen}
    named = [arm for arm in arms if arm in CONTROL]
    if len(named) == 1 and len(arms) > 1:
        return named[0]
    if len(arms) < 2:
        raise DataError("DATA-371", **facts)
    got = dict.fromkeys(arms, 0)
    size = dict.fromkeys(arms, 0)
    for row in rows:
        size[plain(row["arm"])] += 1
        got[plain(row["arm"])] += bool(row["offer"])
    bare = [arm for arm in arms if 2 * got[arm] < size[arm]]
    if len(named) > 1 or len(bare) == len(arms) or len(bare) > 1:
        raise DataError("DATA-370", **facts)
    if not bare:
        raise DataError("DATA-371", **facts)
    return bare[0]


def _share(told: str) -> float | None:
    """0..1 from 0.1, 10, 10 % or 0,1; None for what is no share."""
    try:
        share = float(told.replace("%", "").replace("％", "").replace(",", ".").strip())
    except ValueError:
        return None
    share = share / 100 if share > 1 or "%" in told or "％" in told else share
    return share if 0 < share < 1 else None
