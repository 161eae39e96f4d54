"""Anything may be sent to the API; nothing makes it fall over, and what it answers is as described
(schemathesis over every operation)."""

import warnings

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from lifeworth.web.limits import Limiter
from web.worlds import app_of, bring_in, orders_csv, program, valued, workspace_at

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis


@pytest.fixture(scope="module")
def schema(tmp_path_factory, new_url):
    workspace = workspace_at(tmp_path_factory.mktemp("schema") / "shop", new_url())
    workspace.change_settings({"requests_per_minute": 10_000_000})
    bring_in(workspace, orders_csv())
    valued(workspace)
    app = app_of(workspace)
    app.state.limiter = Limiter()
    client = program(app, workspace, "owner")
    loaded = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    loaded.config.headers = {"authorization": client.headers["authorization"]}
    yield loaded
    workspace.database.close()


METHODS = ("get", "post", "other")
LOOKED_AT = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("method", METHODS)
def test_no_request_makes_the_server_fail(schema, method):
    sent = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.method.lower() != method and (method != "other" or operation.method.lower() in METHODS):
            continue

        @LOOKED_AT
        @given(case=operation.as_strategy())
        def ask(case):
            nonlocal sent
            sent += 1
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                answer = case.call()
            assert answer.status_code < 500, (case.method, case.path, answer.text)
            assert answer.headers["x-request-id"]
            case.operation.validate_response(answer)

        ask()
    assert sent > 50
