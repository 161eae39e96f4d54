"""Exit codes and messages: 0 ok, 1 failed, 2 usage, 3 data problem; never a stack trace."""

import pytest

import lifeworth
from lifeworth.workflows import value as value_workflow


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--map", "amount"), "USE-002"),
        (("--map", "custmer_id=customer_id"), "DATA-105"),
        (("--until", "soon"), "USE-003"),
        (("--horizon-months", "0"), "VALUE-002"),
        (("--discount-rate", "-0.1"), "VALUE-001"),
        (("--margin", "35"), "VALUE-003"),
        (("--model", "magic"), "VALUE-004"),
        (("--dates", "american"), "DATA-224"),
        (("--duplicates", "twice"), "DATA-223"),
        (("--encoding", "klingon"), "DATA-008"),
        (("--zone", "Mars/Base"), "DATA-212"),
        (("--lang", "fr"), "USE-001"),
    ],
)
def test_an_option_out_of_range_is_a_usage_error_that_says_what_it_saw(call, orders, options, code):
    answer = call("value", orders, "--out", "result", *options)
    assert (answer.code, answer.out) == (2, "")
    assert answer.notes.startswith(code)
    assert options[1].split("=")[0] in answer.notes
    assert "Traceback" not in answer.notes


@pytest.mark.parametrize(
    "arguments",
    [
        ("value",),
        ("value", "o.csv", "--no-such-option"),
        ("value", "o.csv", "--margin", "a third"),
        ("value", "o.csv", "--engine", "abacus"),
        ("no-such-command",),
        (),
    ],
)
def test_a_call_that_cannot_be_parsed_exits_with_2(call, arguments):
    assert call(*arguments).code == 2


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("value", ()),
        ("check", ()),
        ("backtest", ()),
    ],
)
def test_a_file_that_is_not_there_is_a_data_problem(call, tmp_path, command, options):
    answer = call(command, "nowhere.csv", *options)
    assert (answer.code, answer.out) == (3, "")
    assert answer.notes.startswith("DATA-001")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--costs", "--rates"])
def test_a_second_file_that_is_not_there_is_a_data_problem_too(call, tmp_path, option):
    (tmp_path / "o.csv").write_text(
        "customer_id,date,amount,currency\n"
        "a,2024-01-13,5,EUR\na,2024-02-13,5,USD\nb,2024-01-14,7,EUR\nb,2024-03-14,7,USD\n"
        if option == "--rates"
        else "customer_id,date,amount\na,2024-01-13,5\nb,2024-01-14,7\n"
    )
    answer = call("value", "o.csv", option, "nowhere.csv")
    assert answer.code == 3
    assert answer.notes.startswith("DATA-001")


def test_an_error_in_json_has_code_facts_and_text_on_stdout(call):
    answer = call("check", "nowhere.csv", "--json")
    error = answer.json["error"]
    assert answer.code == 3
    assert (error["code"], error["facts"]["file"]) == ("DATA-001", "nowhere.csv")
    assert error["text"] in answer.notes


def test_the_unexpected_exits_with_1_and_without_a_stack_trace(call, orders, monkeypatch):
    def explode(*arguments, **options):
        raise RuntimeError("a wheel came off")

    monkeypatch.setattr(value_workflow, "value_files", explode)
    answer = call("value", orders)
    assert answer.code == 1
    assert "RuntimeError: a wheel came off" in answer.notes
    assert "Traceback" not in answer.notes
    monkeypatch.setenv("LIFEWORTH_DEBUG", "1")
    with pytest.raises(RuntimeError):
        call("value", orders)


def test_the_version_is_the_package_s(call):
    answer = call("--version")
    assert (answer.code, answer.out) == (0, f"lifeworth {lifeworth.__version__}\n")
