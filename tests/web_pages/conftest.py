"""One Chromium for every module of these tests."""

import pytest

from reports.browser import chromium


@pytest.fixture(scope="session")
def browser():
    with chromium() as found:
        yield found
