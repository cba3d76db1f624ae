"""Reading a table of numbers in TOML, with errors that name file, table, key and cure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from geo.errors import TravelError
from geo.tomlfile import parse_toml

__all__ = ["SpeedTable"]


@dataclass(frozen=True, slots=True)
class SpeedTable:
    """A table of the file; each reader raises :class:`geo.errors.TravelError` on a fault.

    Parameters
    ----------
    file
        Name of the file.
    name
        Path of the table, such as ``car.turns``; empty for the whole file.
    rows
        What it holds.
    """

    file: str
    name: str
    rows: Mapping[str, Any]

    @classmethod
    def read(cls, text: str, file: str) -> SpeedTable:
        """Return the whole file."""
        try:
            return cls(file, "", parse_toml(text))
        except ValueError as error:
            raise TravelError(
                "车速表 %(file)s 不是有效的 TOML 文件（%(detail)s），请改正",
                file=file,
                detail=str(error),
            ) from error

    def over(self, shipped: Mapping[str, Any]) -> SpeedTable:
        """Return this table with all that it leaves out taken from another."""
        return SpeedTable(self.file, self.name, _laid_over(shipped, self.rows))

    def table(self, key: str) -> SpeedTable:
        """Return a table within this one."""
        name = f"{self.name}.{key}".strip(".")
        if not isinstance(self.rows.get(key), dict):
            raise TravelError(
                "车速表 %(file)s 的 [%(table)s] 不是表，请参照自带的 speeds.toml 改正",
                file=self.file,
                table=name,
            )
        return SpeedTable(self.file, name, self.rows[key])

    def allow(self, known: Collection[str]) -> None:
        """Refuse keys that are not known."""
        for key in self.rows:
            if key not in known:
                if not self.name:
                    raise TravelError(
                        "车速表 %(file)s 中有不认识的 %(key)s，请删去，或改为表 %(known)s 之一",
                        file=self.file,
                        key=key,
                        known="、".join(f"[{each}]" for each in known),
                    )
                raise TravelError(
                    "车速表 %(file)s 的表 [%(table)s] 中有不认识的 %(key)s，"
                    "请删去或改为 %(known)s 之一",
                    file=self.file,
                    table=self.name,
                    key=key,
                    known="、".join(known),
                )

    def _value(self, key: str) -> Any:
        if key not in self.rows:
            raise TravelError(
                "车速表 %(file)s 的表 [%(table)s] 缺少 %(key)s，请参照自带的 speeds.toml 补上",
                file=self.file,
                table=self.name,
                key=key,
            )
        return self.rows[key]

    def number(self, key: str, bounds: tuple[float, float]) -> float:
        """Return a number between two bounds, both allowed."""
        value = self._value(key)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not (is_number and bounds[0] <= value <= bounds[1]):  # nan fails too
            raise TravelError(
                "车速表 %(file)s 的表 [%(table)s] 中 %(key)s 为 %(value)s，"
                "请改为 %(low)g 至 %(high)g 之间的数",
                file=self.file,
                table=self.name,
                key=key,
                value=value,
                low=bounds[0],
                high=bounds[1],
            )
        return float(value)

    def choice(self, key: str, known: Mapping[Any, Any]) -> Any:
        """Return what one of the known words stands for."""
        value = self._value(key)
        if not isinstance(value, (str, bool)) or value not in known:
            raise self._not_one_of(key, value, known)
        return known[value]

    def choices(self, key: str, known: Mapping[str, Any]) -> frozenset[Any]:
        """Return what the words of a list stand for."""
        value = self._value(key)
        for word in value if isinstance(value, list) else [value]:
            if not isinstance(word, str) or not isinstance(value, list) or word not in known:
                raise self._not_one_of(key, word, known)
        return frozenset(known[word] for word in value)

    def _not_one_of(self, key: str, value: object, known: Collection[Any]) -> TravelError:
        return TravelError(
            "车速表 %(file)s 的表 [%(table)s] 中 %(key)s 为 %(value)s，请改为 %(known)s 之一",
            file=self.file,
            table=self.name,
            key=key,
            value=value,
            known="、".join(str(each).lower() for each in known),
        )


def _laid_over(shipped: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shipped rows with the own ones in their place, table by table."""
    joined = {**shipped, **own}
    for key, row in own.items():
        if isinstance(row, dict) and isinstance(shipped.get(key), dict):
            joined[key] = _laid_over(shipped[key], row)
    return joined
