"""Settings files of the data folder that hold secrets: readable by their owner only, checked."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.tomlfile import parse_toml
from web.errors import SettingsError

__all__ = ["SettingsTable", "read_secret_table"]


@dataclass(frozen=True, slots=True, repr=False)
class SettingsTable:
    """Values of one table of a file; errors name the field, never its value.

    Parameters
    ----------
    file
        Name of the file.
    guide
        The document that explains it.
    """

    values: Mapping[str, Any]
    file: str
    guide: str

    def only(self, *known: str) -> None:
        """Refuse names other than these.

        Raises
        ------
        SettingsError
            If there is another.
        """
        if not set(self.values) <= set(known):
            raise SettingsError(
                "配置文件 %(file)s 中有不认识的项；此处可用 %(known)s",
                file=self.file,
                known="、".join(known),
            )

    def value(
        self,
        name: str,
        kind: type | tuple[type, ...],
        *,
        default: Any = None,
        required: bool = False,
    ) -> Any:
        """Return a value of a kind; a required one is not empty.

        Raises
        ------
        SettingsError
            If it is missing or of another kind.
        """
        value = self.values.get(name, default)
        right = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if not right or (required and not str(value).strip()):
            raise self.wrong(name)
        return value

    def table(self, name: str) -> SettingsTable:
        """Return a table within; empty where it is missing.

        Raises
        ------
        SettingsError
            If it is none.
        """
        values = self.values.get(name, {})
        if not isinstance(values, dict):
            raise self.wrong(name)
        return SettingsTable(values, self.file, self.guide)

    def wrong(self, name: str) -> SettingsError:
        """Return the error of a field."""
        return SettingsError(
            "配置文件 %(file)s 的 %(field)s 缺失或取值不当；请对照 %(guide)s 填写",
            file=self.file,
            field=name,
            guide=self.guide,
        )


def read_secret_table(path: Path, *, guide: str) -> SettingsTable | None:
    """Return what a file holds; None where there is none.

    Raises
    ------
    SettingsError
        If it cannot be read, is open to others, or is no TOML.
    """
    with _readable(path):
        if not path.exists():
            return None
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="utf-8")
    if os.name == "posix" and mode & 0o077:
        raise SettingsError(
            "配置文件 %(file)s 含密钥，却可由其他用户读写（权限 %(mode)s）；"
            "请运行 chmod 600 后重试",
            file=path.name,
            mode=f"{mode:03o}",
        )
    try:
        return SettingsTable(parse_toml(text), path.name, guide)
    except ValueError:
        raise SettingsError(
            "配置文件 %(file)s 不是有效的 TOML；请对照 %(guide)s 检查", file=path.name, guide=guide
        ) from None  # its text may hold a key


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise SettingsError(
            "配置文件 %(file)s 无法读取；请检查权限，并以 UTF-8 保存", file=path.name
        ) from error
