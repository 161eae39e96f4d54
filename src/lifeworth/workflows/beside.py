"""What a company gave beside its orders: read once, drawn with the customers, told in the run."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.finding import Finding
from lifeworth.data.holdings import ProductFile, read_products
from lifeworth.data.line_mix import LineMix, line_mix
from lifeworth.data.relationships import Groups
from lifeworth.data.sources.orders import Orders
from lifeworth.data.surveys import Answers
from lifeworth.engines.protocol import Engine
from lifeworth.value.product_lines import DAYS
from lifeworth.value.statement import Statement
from lifeworth.workflows.acquisition import Won, acquisition_part, won_customers
from lifeworth.workflows.appraisal import Appraisal
from lifeworth.workflows.backtest import Judged
from lifeworth.workflows.campaigns import Campaigns, campaigns_of
from lifeworth.workflows.cohorts import Cohorts, cohort_draws, cohort_table, cohorts_of
from lifeworth.workflows.customers import Customers
from lifeworth.workflows.dimensions import Cells, dimension_part, scopes_of
from lifeworth.workflows.first_products import Firsts, first_products_table, firsts_of
from lifeworth.workflows.inputs import Inputs
from lifeworth.workflows.near_term import near_term_part
from lifeworth.workflows.relationships import grouping, groups_of, relationship_part
from lifeworth.workflows.settings import Settings
from lifeworth.workflows.subscription_part import subscription_part
from lifeworth.workflows.surveys import answers_of, survey_part

Grouping = tuple[NDArray[np.int64], int]


@dataclass(frozen=True)
class Beside:
    """Files and columns beside the orders, as far as they were given."""

    won: Won | None
    answers: Answers | None
    groups: Groups | None
    scopes: list[Cells]
    cohorts: Cohorts
    campaigns: Campaigns | None
    firsts: list[Firsts]
    mix: LineMix | None
    products: ProductFile

    def groupings(self) -> dict[str, Grouping]:
        """Groups of customers whose totals are simulated, see `intervals.simulate`; by name."""
        found: dict[str, Grouping] = {}
        if together := grouping(self.groups):
            found["groups"] = together
        found |= {cells.scheme: (cells.code, len(cells.names)) for cells in self.scopes}
        found["cohorts"] = self.cohorts.grouping
        found |= {each.kind: each.grouping for each in self.firsts}
        if self.won:
            found["won"] = self.won.grouping
        return found

    def drawn(self, appraisal: Appraisal | None) -> dict[str, NDArray[np.float64]]:
        """Current value per group and simulated future of each of `groupings`."""
        if appraisal is None:
            return {}
        names = list(self.groupings())
        return dict(zip(names, appraisal.intervals.groups[-len(names) :], strict=True))


@dataclass(frozen=True)
class Told:
    """Pieces of a run: of its summary, its tables, its findings, and rows that were left out."""

    record: dict[str, Any]
    tables: dict[str, pa.Table]
    findings: list[Finding]
    rejected: list[pa.Table]


def beside_orders(
    inputs: Inputs, orders: Orders, bought: Orders, customers: Customers, engine: Engine
) -> Beside:
    """`bought`: orders without payments of subscriptions. Raises DataError as for reading each file."""
    products = read_products(inputs.products, engine)
    ids, recent = customers.table["customer_id"], customers.day - DAYS
    return Beside(
        won_customers(inputs.marketing, orders, customers, engine),
        answers_of(inputs.surveys, orders, customers, engine, inputs.scales),
        groups_of(inputs.relationships, orders, customers, engine),
        scopes_of(customers),
        cohorts_of(customers),
        campaigns_of(inputs.campaigns, inputs.campaign_days, bought, customers, engine),
        firsts_of(orders, customers, products.facts, engine),
        line_mix(bought, ids, products.facts, customers.day, recent, engine),
        products,
    )


def told_beside(
    beside: Beside,
    orders: Orders,
    customers: Customers,
    appraisal: Appraisal | None,
    parts: Statement,
    judged: Judged,
    settings: Settings,
    engine: Engine,
) -> Told:
    """What the run says of everything beside the orders."""
    drawn, won, campaigns = beside.drawn(appraisal), beside.won, beside.campaigns
    acquired, channels, noted = acquisition_part(won, customers, appraisal, drawn.get("won"))
    surveyed = survey_part(beside.answers, orders, customers, appraisal, engine)
    together = relationship_part(beside.groups, customers, parts, appraisal, drawn.get("groups"))
    contracts = subscription_part(customers, appraisal, settings)
    dimensions, cells = dimension_part(customers, appraisal, parts, beside.scopes, drawn)
    expected = cohort_draws(drawn.get("cohorts"), appraisal, judged, settings)
    cohorts = cohort_table(beside.cohorts, orders, customers, appraisal, expected, won, settings, engine)
    firsts = first_products_table(beside.firsts, beside.cohorts, customers, appraisal, parts, drawn)
    ahead, by_line = near_term_part(beside.mix, customers, appraisal, judged, settings)
    tables = {
        "channels": channels,
        "surveys": surveyed.table,
        "survey_answers": surveyed.answers,
        "dimensions": cells,
        "cohorts": cohorts,
        "first_products": firsts,
        "next_90_days": by_line,
        **together.tables,
        **contracts.tables,
    }
    left_out = (
        won.marketing.rejected if won else None,
        surveyed.rejected,
        together.rejected,
        contracts.rejected,
        campaigns.rejected if campaigns else None,
    )
    return Told(
        {
            "acquisition": acquired,
            "surveys": surveyed.record,
            "relationships": together.record,
            "dimensions": dimensions,
            "next_90_days": ahead,
            "subscriptions": contracts.record,
            "campaigns": campaigns.record if campaigns else None,
        },
        {name: table for name, table in tables.items() if table is not None},
        [
            *noted,
            *surveyed.findings,
            *together.findings,
            *contracts.findings,
            *(campaigns.findings if campaigns else []),
        ],
        [each for each in left_out if each is not None],
    )
