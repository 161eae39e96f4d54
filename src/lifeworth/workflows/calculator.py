"""The calculator as pages ask for it: inputs as typed, answers as they are shown."""

from collections.abc import Mapping
from typing import Any

from lifeworth.base.errors import UsageError
from lifeworth.data.vehicles import Averages, vehicle_averages
from lifeworth.value.calculator.calculate import calculate, templates


def template_names() -> list[str]:
    return list(templates())


def answers(template: str, inputs: Mapping[str, float], language: str) -> dict[str, Any]:
    """A calculation as JSON. Raises UsageError: VALUE-310, VALUE-311, VALUE-312."""
    return calculate(template, **inputs).to_json(language)


def vehicle_inputs(template: str, source: Any) -> Averages:
    """Inputs of the automotive template from a file of vehicles.

    Raises UsageError VALUE-313 for another template; DataError as `vehicle_averages`.
    """
    if template != "automotive":
        raise UsageError("VALUE-313", seen=template)
    return vehicle_averages(source)


def calculation(template: str, typed: Mapping[str, str], language: str, currency: str) -> dict[str, Any]:
    """{"questions": [{name, unit, value}], "results": [...]}; shares are typed in per cent.

    Raises UsageError: VALUE-311, VALUE-312, USE-002 for what is no number.
    """
    questions = templates()[template].questions
    units = {question.name: question.unit for question in questions}
    given: dict[str, float] = {}
    for name, text in typed.items():
        if name not in units or not text.strip():
            continue
        try:
            number = float(text)
        except ValueError:
            raise UsageError("USE-002", seen=f"{name}={text[:40]}") from None
        given[name] = number / 100 if units[name] == "share" else number
    found = calculate(template, **given)
    shown = [
        {
            "name": question.name,
            "unit": question.unit,
            "value": f"{found.inputs[question.name] * (100 if question.unit == 'share' else 1):.10g}",
        }
        for question in questions
    ]
    return {"questions": shown, "results": found.told(language, currency)}
