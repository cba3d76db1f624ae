"""One small district for all tests of this folder."""

from datetime import date

import pytest

from data.demo import DemoFiles, generate

AS_OF = date(2026, 5, 6)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return generate(tmp_path_factory.mktemp("demo"), seed=1, small=True, as_of=AS_OF)
