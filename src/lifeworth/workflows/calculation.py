"""The calculator, for pages and API: templates with their questions, and answers worked out."""

from typing import Any

from lifeworth.base.errors import UsageError
from lifeworth.text.catalog import catalog
from lifeworth.value.calculator.calculate import calculate, templates


def calculator_templates(language: str) -> list[dict[str, Any]]:
    words = catalog(language)
    return [
        {
            "name": template.name,
            "title": words.text(f"calculator.template.{template.name}"),
            "questions": [
                {
                    "name": question.name,
                    "label": words.text(f"calculator.input.{question.name}"),
                    "unit": question.unit,
                    "default": question.default,
                    "low": question.low,
                    "high": question.high,
                }
                for question in template.questions
            ],
        }
        for template in templates().values()
    ]


def worked_out(template: str, inputs: dict[str, float], language: str, currency: str) -> Any:
    """
    Raises:
        UsageError: an input that is none, or out of its range.
    """
    if "template" in inputs:
        raise UsageError("VALUE-311", seen="template", known="")
    return calculate(template, **inputs).to_json(language, currency)
