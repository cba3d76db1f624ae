"""Texts that no settings can be made of; of most of them tomllib says something else."""

from __future__ import annotations

BAD = {
    "digits": "a = " + "9" * 5000,
    "hexadecimal": "[car]\nmax_kmh = 0x" + "f" * 6000,
    "brackets": "a = " + "[" * 3000 + "]" * 3000,
    "tables": "a = " + "{a = " * 3000 + "1" + "}" * 3000,
    "dots": "[default_kmh]\nprimary." + "a." * 3000 + "a = 1",
    "no TOML": "[car",
}
