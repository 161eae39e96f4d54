import numpy as np
import pytest

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models.referral import class_rule, classes_by_spread, referral_classes
from lifeworth.models.referral.classes import CLASSES
from lifeworth.text.catalog import LANGUAGES, Catalog

BOUGHT = np.array([100.0, 100.0, 10.0, 10.0])
BROUGHT = np.array([50.0, 0.0, 50.0, 0.0])


def test_the_four_classes():
    rule = class_rule(BOUGHT, BROUGHT, transaction_border=50, referral_border=20)
    assert referral_classes(BOUGHT, BROUGHT, rule=rule).codes.tolist() == list(CLASSES)
    assert rule.given == ("transaction", "referral")


def test_borders_are_medians_and_those_who_bring_nobody_do_not_count():
    rule = class_rule([1.0, 2, 3, 4, 5], [0.0, 0, 0, 10, 30])
    assert (rule.transaction, rule.referral) == (3.0, 20.0)
    assert referral_classes([1.0, 2], [0.0, 0]).codes.tolist() == ["misers", "affluents"]


def test_money_in_cents_changes_no_class():
    rng = np.random.default_rng(0)
    bought, brought = rng.lognormal(4, 1, 200), rng.lognormal(2, 2, 200)
    one, cents = referral_classes(bought, brought), referral_classes(100 * bought, 100 * brought)
    assert one.codes.tolist() == cents.codes.tolist()


def test_probabilities_add_up_and_agree_with_draws():
    rng = np.random.default_rng(1)
    bought, brought = rng.lognormal(4, 0.5, 300), rng.lognormal(2, 0.8, 300)
    rule = class_rule(bought, brought)
    by_formula = classes_by_spread(bought, 0.4 * bought, brought, 0.7 * brought, rule=rule)

    def draws(rows):
        return tuple(
            rng.gamma(1 / cv**2, cv**2, (rows.stop - rows.start, 4000)) * mean[rows, None]
            for mean, cv in ((bought, 0.4), (brought, 0.7))
        )

    by_draws = referral_classes(bought, brought, rule=rule, draws=draws)
    assert by_formula.probabilities.sum(axis=1) == pytest.approx(np.ones(300))
    assert by_draws.probabilities == pytest.approx(by_formula.probabilities, abs=0.04)
    assert by_formula.borderline.tolist() == (by_formula.probability < 0.6).tolist()


def test_certain_values_have_certain_classes():
    certain = classes_by_spread(BOUGHT, np.zeros(4), BROUGHT, np.zeros(4))
    assert certain.probability == pytest.approx(np.ones(4))
    assert not certain.borderline.any()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_class_view_and_error_has_its_words(language):
    catalog = Catalog(language)
    classes = referral_classes(BOUGHT, BROUGHT)
    for row in range(4):
        for part in ("name", "means", "play"):
            assert catalog.has(classes.key(row, part))
    for key in ("referral.view.net", "referral.view.gross", "referral.class.borderline"):
        assert catalog.has(key)
    for code in range(301, 317):
        assert catalog.has(f"error.MODEL-{code}.says")
    for finding in ("unknown_referrer", "self", "cycle", "backwards", "rare", "short_window",
                    "bursts_unclear", "not_converged"):  # fmt: skip
        assert catalog.has(f"finding.referral_{finding}.says")


def test_columns_of_other_lengths_and_odd_borders_are_refused():
    with pytest.raises(ModelError, match="MODEL-311"):
        referral_classes(BOUGHT, BROUGHT[:3])
    with pytest.raises(ModelError, match="MODEL-305"):
        referral_classes(BOUGHT, [1, 2, 3, np.inf])
    with pytest.raises(UsageError, match="MODEL-315"):
        class_rule(BOUGHT, BROUGHT, referral_border=float("nan"))
