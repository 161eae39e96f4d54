"""What scikit-learn asks of an estimator, without scikit-learn: clone, Pipeline and GridSearchCV work."""

import inspect
import math
from abc import ABC, abstractmethod
from typing import Any, Self

from lifeworth.base.errors import UsageError


class Estimator:
    """Settings are what __init__ takes, kept under their names and never changed."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings given to __init__ (scikit-learn's protocol)."""
        return {name: getattr(self, name) for name in _settings(type(self))}

    def set_params(self, **settings: Any) -> Self:
        """Raises UsageError MODEL-026 for a setting that is none."""
        known = _settings(type(self))
        for name, value in settings.items():
            if name not in known:
                raise UsageError("MODEL-026", seen=name, known=known)
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import Tags, TargetTags

        return Tags(estimator_type=None, target_tags=TargetTags(required=False))


class Judged(Estimator, ABC):
    """An estimator whose likelihood can be told of any customers."""

    @abstractmethod
    def told_of(self, data: Any, sample_weight: Any = None) -> tuple[float, float]:
        """ln L of any customers under the estimate, and how many of them it speaks of (sum of weights)."""

    def log_likelihood(self, data: Any, sample_weight: Any = None) -> float:
        """ln L under the estimate of any customers, such as those held out, without penalties.

        Raises as `fit` for rows at fault; ModelError MODEL-106 before fit.
        """
        return self.told_of(data, sample_weight)[0]

    def score(self, data: Any, y: None = None, sample_weight: Any = None) -> float:
        """`log_likelihood` per customer: what scikit-learn's searches maximise. `y` is not used."""
        total, customers = self.told_of(data, sample_weight)
        return total / customers if customers else math.nan  # nobody of whom the model speaks


def _settings(kind: type) -> list[str]:
    return list(inspect.signature(kind).parameters)
