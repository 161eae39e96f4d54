"""A Chromium for each module of these tests."""

import pytest

from reports.browser import chromium


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found
