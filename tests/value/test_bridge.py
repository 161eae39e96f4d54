"""The bridge between two statements adds up to the cent, and each step says what it is told to."""

import numpy as np
import pyarrow as pa
import pytest

from lifeworth.value.bridge import value_bridge


def customers(
    ids, alive, purchases, spend, margin=1.0, discount=0.95, potential=0.0, pattern="gold", paying=0.0
):
    alive, purchases, spend, margin, discount, potential, paying = (
        np.broadcast_to(np.asarray(each, float), len(ids))
        for each in (alive, purchases, spend, margin, discount, potential, paying)
    )
    undiscounted = alive * purchases * spend * margin
    return pa.table(
        {
            "customer_id": ids,
            "probability_alive": alive,
            "expected_purchases": alive * purchases,
            "expected_spend": spend,
            "current_value": ((undiscounted * discount).round(2) + paying).round(2),
            "current_value_undiscounted": (undiscounted.round(2) + (paying / 0.9).round(2)).round(2),
            "subscription_value": paying.round(2),
            "subscription_value_undiscounted": (paying / 0.9).round(2),
            "potential_value": potential,
            "pattern": [pattern] * len(ids),
        }
    )


def adds_up(made):
    assert made.before + sum(made.steps.values()) == made.after
    assert sum(move["change"] for move in made.moves) == made.after - made.before


def test_the_published_example_of_three_factors_to_the_cent():
    # V1.1 of the methods: (100, .8, 50) -> (120, .75, 55) as purchases, activity and spend
    before = customers(["a"], 0.8, 100, 50, discount=1)
    after = customers(["a"], 0.75, 120, 55, discount=1)
    made = value_bridge(before, after, revenue=True)
    adds_up(made)
    assert (made.before, made.after) == (400_000, 495_000)
    # 812.81555, -287.72195 and 424.90640 as whole cents that add up: within one cent of each
    assert made.steps["frequency"] == pytest.approx(81_281.555, abs=1)
    assert made.steps["activity"] == pytest.approx(-28_772.195, abs=1)
    assert made.steps["spend"] == pytest.approx(42_490.640, abs=1)
    assert made.steps["discounting"] == made.steps["new"] == made.steps["turned"] == 0


def test_random_statements_add_up_to_the_cent():
    rng = np.random.default_rng(4)
    ids = [f"C{n}" for n in range(500)]

    def drawn(names):
        size = len(names)
        return customers(
            names, rng.uniform(0, 1, size), rng.gamma(2, 2, size), rng.gamma(3, 9, size),
            rng.uniform(-0.2, 0.6, size), rng.uniform(0.9, 1, size), rng.gamma(1, 5, size).round(2),
            paying=np.where(rng.random(size) < 0.4, rng.gamma(1, 40, size), 0.0).round(2),
        )  # fmt: skip

    before, after = drawn(ids[:400]), drawn(ids[100:])
    made = value_bridge(before, after)
    adds_up(made)
    cents = [round(100 * sum(table[n].to_pylist()[i] for n in ("current_value", "potential_value")))
             for table in (before, after) for i in range(table.num_rows)]  # fmt: skip
    assert made.before == sum(cents[:400])
    assert made.steps["gone"] == -sum(cents[:100])
    assert made.steps["new"] == sum(cents[-100:])
    assert all(
        made.steps[name] for name in ("activity", "frequency", "spend", "margin", "turned", "subscriptions")
    )


@pytest.mark.parametrize(
    ("factor", "step"),
    [({"alive": 0.5}, "activity"), ({"spend": 60}, "spend"), ({"margin": 0.2}, "margin"),
     ({"purchases": 9}, "frequency"), ({"discount": 0.9}, "discounting"), ({"potential": 7}, "potential"),
     ({"paying": 31.4}, "subscriptions")],
)  # fmt: skip
def test_what_alone_changed_is_the_only_step(factor, step):
    world = {"alive": 0.8, "purchases": 10, "spend": 50, "margin": 0.4, "discount": 0.95}
    ids = ["a", "b", "c"]
    made = value_bridge(customers(ids, **world), customers(ids, **(world | factor)))
    adds_up(made)
    assert {name for name, cents in made.steps.items() if cents} == {step}


def test_a_run_that_knows_no_leaving_has_no_step_for_activity():
    before, after = customers(["a"], 0.8, 10, 50), customers(["a"], 1.0, 9, 50)
    after = after.set_column(1, "probability_alive", pa.nulls(1, pa.float64()))
    made = value_bridge(before, after, revenue=True)
    adds_up(made)
    assert "activity" not in made.steps
    assert made.steps["frequency"] == made.after - made.before == 100 * 50 * 0.95


def test_moves_name_who_came_and_who_went():
    before = customers(["a", "b"], 0.8, 10, 50)
    after = customers(["b", "c"], 0.8, 10, 50, pattern="comet")
    moves = value_bridge(before, after, revenue=True).moves
    each = 38_000
    assert moves == [
        {"before": None, "after": "comet", "customers": 1, "change": each},
        {"before": "gold", "after": None, "customers": 1, "change": -each},
        {"before": "gold", "after": "comet", "customers": 1, "change": 0},
    ]
