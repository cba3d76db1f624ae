"""Tables in TOML: whatever is wrong with a text is one kind of error."""

from __future__ import annotations

import pytest

from geo.tomlfile import parse_toml
from tests.geo.toml_texts import BAD


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_every_fault_is_one_kind_of_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_toml(text)
    assert len(str(caught.value)) < 200


def test_numbers_of_64_bits_and_lists_in_lists_are_read() -> None:
    table = parse_toml(f"a = [{-(2**63)}, [{2**63 - 1}, [1.5, true]]]")
    assert table == {"a": [-(2**63), [2**63 - 1, [1.5, True]]]}
