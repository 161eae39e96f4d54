"""`calculate`: a template filled with a company's numbers, each answer with its formula worked out."""

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lifeworth.base.errors import UsageError
from lifeworth.text.catalog import catalog
from lifeworth.text.format import Format, formats
from lifeworth.value.calculator.formulas import FORMULAS


@dataclass(frozen=True)
class Question:
    """One input of a template, within [low, high]."""

    name: str
    unit: str
    default: float
    low: float
    high: float


@dataclass(frozen=True)
class Template:
    name: str
    questions: tuple[Question, ...]
    results: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """One result: its number and what qualifies it. Infinite: it never happens."""

    name: str
    value: float
    unit: str
    basis: str
    discounted: bool


@dataclass(frozen=True)
class Calculation:
    """A template with its inputs and answers. `results` maps names to numbers."""

    template: Template
    inputs: dict[str, float]
    answers: tuple[Answer, ...]

    @property
    def results(self) -> dict[str, float]:
        return {answer.name: answer.value for answer in self.answers}

    def told(self, language: str = "en", currency: str = "") -> list[dict[str, Any]]:
        """Each answer in words: label, written value, formula in words and with numbers, convention."""
        words, form = catalog(language), formats(language, currency)
        labels = {
            **{each.name: words.text(f"calculator.input.{each.name}") for each in self.template.questions},
            **{each.name: words.text(f"calculator.result.{each.name}") for each in self.answers},
        }
        units = {each.name: each.unit for each in self.template.questions}
        units |= {each.name: each.unit for each in self.answers}
        numbers = {**self.inputs, **self.results}
        written = {name: written_as(number, units[name], form, words) for name, number in numbers.items()}
        rows = []
        for answer in self.answers:
            key = f"calculator.formula.{answer.name}"
            rows.append(
                {
                    "name": answer.name,
                    "label": labels[answer.name],
                    "value": answer.value if math.isfinite(answer.value) else None,
                    "written": written[answer.name],
                    "unit": answer.unit,
                    "basis": answer.basis,
                    "discounted": answer.discounted,
                    "formula": words.text(key, **labels),
                    "worked": words.text(key, **written),
                    "convention": words.text(f"calculator.convention.{answer.name}")
                    if words.has(f"calculator.convention.{answer.name}")
                    else "",
                }
            )
        return rows

    def to_json(self, language: str = "en", currency: str = "") -> dict[str, Any]:
        return {
            "template": self.template.name,
            "currency": currency,
            "inputs": self.inputs,
            "results": self.told(language, currency),
        }


@cache
def templates() -> dict[str, Template]:
    """The templates by name."""
    found = json.loads((Path(__file__).parent / "templates.json").read_text(encoding="utf-8"))
    return {
        name: Template(name, tuple(Question(**each) for each in content["inputs"]), tuple(content["results"]))
        for name, content in found.items()
    }


def calculate(template: str, **inputs: float) -> Calculation:
    """What a customer is worth by the textbook formulas of one kind of business.

    Args:
        template: "retail", "subscription", "automotive" or "b2b".
        inputs: the template's inputs; what is not given takes its default. Shares are 0..1.
    Returns:
        Calculation; `.results` has the numbers, `.told(language)` the formulas with the numbers filled in.
    Raises:
        UsageError: VALUE-310 for an unknown template, VALUE-311 for an unknown input, VALUE-312 for one
        out of range.
    Source: methods.md 1 and 7.
    """
    if template not in templates():
        raise UsageError("VALUE-310", seen=template, known=", ".join(templates()))
    chosen = templates()[template]
    questions = {question.name: question for question in chosen.questions}
    for name, value in inputs.items():
        if name not in questions:
            raise UsageError("VALUE-311", seen=name, known=", ".join(questions))
        question = questions[name]
        fine = isinstance(value, int | float) and question.low <= value <= question.high
        if not fine:
            raise UsageError("VALUE-312", name=name, seen=value, low=question.low, high=question.high)
    filled = {name: float(inputs.get(name, question.default)) for name, question in questions.items()}
    known, answers = dict(filled), []
    for name in chosen.results:
        formula = FORMULAS[name]
        known[name] = float(formula.answer(known))
        answers.append(Answer(name, known[name], formula.unit, formula.basis, formula.discounted))
    return Calculation(chosen, filled, tuple(answers))


def written_as(value: float, unit: str, form: Format, words: Any) -> str:
    """A number as people write it; "never" for what is infinite."""
    if not math.isfinite(value):
        return str(words.text("calculator.never"))
    if unit == "money":
        return form.money(value)
    if unit == "share":
        decimals = next((d for d in (0, 1) if abs(round(value * 100, d) - value * 100) < 1e-9), 2)
        return form.percent(value, decimals)
    if unit in ("years", "months"):
        return str(words.text(f"calculator.unit.{unit}", number=form.short(value, 3)))
    return form.short(value, 3)
