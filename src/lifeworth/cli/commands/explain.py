"""`lifeworth explain RUN_DIR CUSTOMER_ID`: where each number of one customer comes from."""

from pathlib import Path
from typing import Annotated

import typer

from lifeworth.cli import options
from lifeworth.cli.output import answer, answer_json, words


def run(
    run_dir: Annotated[Path, typer.Argument(metavar="RUN_DIR", help=options.text("run_dir"))],
    customer_id: Annotated[str, typer.Argument(metavar="CUSTOMER_ID", help=options.text("customer"))],
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.workflows.explain import explain_customer

    found = explain_customer(run_dir, customer_id, words().language)
    if json:
        answer_json(found)
        return
    title = words().text("explain.title", customer=customer_id, as_of=found["as_of"])
    lines = [title, *([] if found["individual"] else [words().text("explain.declined")])]
    for number in found["numbers"]:
        lines += ["", f"{number['label']}  {number['written']}  [{number['source_label']}]"]
        lines.append(f"  {number['formula']}")
        if number["worked"]:
            lines.append(f"  = {number['worked']}" if number["name"] in SUMS else f"  {number['worked']}")
    answer("\n".join(lines))


# numbers whose worked line is arithmetic
SUMS = {
    *("net_sales", "goods_cost", "historical_value", "current_value_undiscounted", "current_value"),
    *("potential_value", "future_value", "lifetime_value"),
}
