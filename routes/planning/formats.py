"""Problem and plan as versioned JSON, checked against their schemas when read.

The forms are described for users in ``docs/formats/``. A matrix holds ``null`` where no road
leads, since JSON knows no infinity.
"""

from __future__ import annotations

import json
import os
import types
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from geo.messages import Message, message
from geo.model import Floats
from routes.errors import PlanError, ProblemError
from routes.planning.problem import PLAN_VERSION, PROBLEM_VERSION, Plan, Problem

__all__ = [
    "plan_from_json",
    "plan_to_json",
    "problem_from_json",
    "problem_to_json",
    "read_plan",
    "read_plans",
    "read_problem",
    "write_plan",
    "write_problem",
]

_PROBLEM, _PLAN = "problem", "plan"
_VERSIONS = {_PROBLEM: PROBLEM_VERSION, _PLAN: PLAN_VERSION}
_HEADER = ("format", "version")
_OTHER = "other"
_NUMBERS = {int, float, type(None)}
_T = TypeVar("_T")
_ErrorKind = type[ProblemError] | type[PlanError]


def problem_to_json(problem: Problem) -> dict[str, Any]:
    """Return the JSON form of a problem, made of dictionaries, lists, texts and numbers."""
    return {**_header(_PROBLEM), **cast(dict[str, Any], _encoded(problem))}


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Return the JSON form of a plan, made of dictionaries, lists, texts and numbers."""
    return {**_header(_PLAN), **cast(dict[str, Any], _encoded(plan))}


def problem_from_json(obj: object, *, trusted: bool = False) -> Problem:
    """Return the problem that a JSON form describes.

    Parameters
    ----------
    obj
        What ``json.loads`` made of the text.
    trusted
        Leave out the schema, for a form that :func:`problem_to_json` wrote and a store kept.

    Raises
    ------
    ProblemError
        If the form breaks its schema or contradicts itself; names the JSON path.
    """
    form = _checked(obj, _PROBLEM, ProblemError, trusted=trusted)
    return _decoded(Problem, form)


def plan_from_json(obj: object, *, trusted: bool = False) -> Plan:
    """Return the plan that a JSON form describes; parameters as for a problem.

    Raises
    ------
    PlanError
        If the form breaks its schema; names the JSON path.
    """
    return _decoded(Plan, _checked(obj, _PLAN, PlanError, trusted=trusted))


def read_problem(path: Path) -> Problem:
    """Read a problem from a UTF-8 JSON file.

    Raises
    ------
    ProblemError
        If the file cannot be read, is no JSON, or describes no valid problem.
    """
    obj = _loaded(path, ProblemError)
    try:
        return problem_from_json(obj)
    except ProblemError as error:
        raise ProblemError(
            "问题文件 %(file)s：%(why)s", file=path.name, why=error.message
        ) from error


def read_plan(path: Path) -> Plan:
    """Read a plan from a UTF-8 JSON file.

    Raises
    ------
    PlanError
        If the file cannot be read, is no JSON, or describes no valid plan.
    """
    return read_plans(path)[0]


def read_plans(path: Path) -> tuple[Plan, Plan | None]:
    """Read a plan from a UTF-8 JSON file, with the plan for the other answer where it has one.

    Raises
    ------
    PlanError
        If the file cannot be read, is no JSON, or describes no valid plan.
    """
    obj = _loaded(path, PlanError)
    try:
        plan = plan_from_json(obj)
        other = cast(Mapping[str, Any], obj).get(_OTHER)
        return plan, None if other is None else _other_of(other)
    except PlanError as error:
        raise PlanError("计划文件 %(file)s：%(why)s", file=path.name, why=error.message) from error


def _other_of(form: Mapping[str, Any]) -> Plan:
    if _OTHER in form:
        raise PlanError("$.other.other 不在格式之内，请删除")
    return plan_from_json(form)


def write_problem(problem: Problem, path: Path, *, mark: str = "") -> None:
    """Write a problem whole, readable by its owner only, or leave the file as it was.

    Parameters
    ----------
    mark
        Words for the field ``draft`` of what is no order yet; readers of the problem skip it.

    Raises
    ------
    ProblemError
        If the file cannot be written.
    """
    _write(_marked(problem_to_json(problem), mark), path, ProblemError)


def write_plan(plan: Plan, path: Path, *, mark: str = "", other: Plan | None = None) -> None:
    """Write a plan whole; parameters as for a problem.

    Parameters
    ----------
    other
        The plan for the other answer, where the problem awaits one.

    Raises
    ------
    PlanError
        If the file cannot be written.
    """
    form = _marked(plan_to_json(plan), mark)
    if other is not None:
        form[_OTHER] = _marked(plan_to_json(other), mark)
    _write(form, path, PlanError)


def _marked(form: dict[str, Any], mark: str) -> dict[str, Any]:
    header = {key: form[key] for key in _HEADER}
    return {**header, "draft": mark, **form} if mark else form


def _header(name: str) -> dict[str, str]:
    return {"format": f"fieldwrit-{name}", "version": _VERSIONS[name]}


def _encoded(value: object) -> object:
    if is_dataclass(value):
        written = (f for f in fields(value) if f.metadata.get("written", True))
        return {f.name: _encoded(getattr(value, f.name)) for f in written}
    if isinstance(value, np.ndarray):
        return _rows(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_encoded(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value


def _rows(array: Floats) -> list[list[float | int | None]]:
    """Return rows with null for infinity; whole numbers are written without a fraction."""
    reachable = np.isfinite(array)
    finite = np.where(reachable, array, 0.0)
    whole = bool((finite == np.floor(finite)).all() and (finite < 2.0**53).all())
    rows: list[list[float | int | None]] = (finite.astype(np.int64) if whole else finite).tolist()
    for i, k in np.argwhere(~reachable).tolist():
        rows[i][k] = None
    return rows


@cache
def _validator(name: str) -> Draft202012Validator:
    text = resources.files("routes.planning").joinpath(f"schemas/{name}.schema.json")
    schema = json.loads(text.read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _checked(obj: object, name: str, error: _ErrorKind, *, trusted: bool) -> Mapping[str, Any]:
    """Return the form without its header, matrices as arrays, after all checks."""
    if not isinstance(obj, Mapping) or obj.get("format") != f"fieldwrit-{name}":
        raise error("$.format 应为 %(format)s；请确认选对了文件", format=f"fieldwrit-{name}")
    if obj.get("version") != _VERSIONS[name]:
        raise error(
            "$.version 应为 %(known)s，本版本的 Fieldwrit 不能读取其他版本",
            known=_VERSIONS[name],
        )
    form = dict(obj)
    arrays: list[object] = []
    if name == _PROBLEM:
        form["matrices"], arrays = _split_matrices(form.get("matrices"), error)
    if not trusted:
        fault = best_match(_validator(name).iter_errors(form))
        if fault is not None:
            raise error("%(path)s：%(why)s", path=fault.json_path, why=_why(fault))
    if name == _PROBLEM:
        form["matrices"] = arrays
    beside = (*_HEADER, "draft", _OTHER)
    return {key: value for key, value in form.items() if key not in beside}


def _split_matrices(matrices: object, error: _ErrorKind) -> tuple[object, list[object]]:
    """Return matrices emptied for the schema, which is slow on numbers, and as arrays."""
    if not isinstance(matrices, list):
        return matrices, []
    emptied: list[object] = []
    arrays: list[object] = []
    for index, matrix in enumerate(matrices):
        if not isinstance(matrix, Mapping):
            return matrices, []
        held = {
            key: _array(matrix[key], f"$.matrices[{index}].{key}", error)
            for key in ("travel_s", "length_m")
            if key in matrix
        }
        emptied.append({**matrix, **{key: [] for key in held}})
        arrays.append({**matrix, **held})
    return emptied, arrays


def _array(rows: object, path: str, error: _ErrorKind) -> Floats:
    """Return rows of numbers as an array, null as infinity."""
    if not isinstance(rows, list):
        raise error("%(path)s 应为二维数组", path=path)
    n = len(rows)
    array = np.empty((n, n), dtype=np.float64)
    for i, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != n:
            raise error("%(path)s[%(row)d] 应含 %(n)d 个数，与行数相同", path=path, row=i, n=n)
        if not set(map(type, row)) <= _NUMBERS:
            raise error("%(path)s[%(row)d] 只能含数字，无路可达处写 null", path=path, row=i)
        try:
            array[i] = row
        except OverflowError as cause:
            raise error("%(path)s[%(row)d] 含过大的数", path=path, row=i) from cause
        if None in row:
            array[i, [k for k, item in enumerate(row) if item is None]] = np.inf
        if np.isinf(array[i]).sum() != row.count(None):
            raise error("%(path)s[%(row)d] 含无穷大，请改写为 null", path=path, row=i)
    return array


def _why(fault: ValidationError) -> Message:
    """Say in Chinese what a schema asks for; the value itself is left out."""
    wanted: Any = fault.validator_value
    held: Any = fault.instance
    match fault.validator:
        case "required":
            missing = next((key for key in wanted if key not in held), "")
            return message("缺少字段 %(field)s", field=missing)
        case "additionalProperties":
            known: Any = fault.schema
            extra = next((k for k in held if k not in known["properties"]), "")
            return message("字段 %(field)s 不在格式之内，请删除或改正拼写", field=extra)
        case "type":
            names = wanted if isinstance(wanted, list) else [wanted]
            return message("类型应为 %(types)s", types="/".join(names))
        case "enum":
            return message("应为下列之一：%(values)s", values="、".join(map(str, wanted)))
        case "minimum":
            return message("不能小于 %(limit)s", limit=wanted)
        case "maximum":
            return message("不能大于 %(limit)s", limit=wanted)
        case "minLength":
            return message("不能为空")
        case "uniqueItems":
            return message("有重复的项")
        case "format" | "pattern":
            return message("应为日期，形如 2026-01-05")
    return message("不符合格式要求（%(keyword)s）", keyword=fault.validator)


def _decoded(kind: type[_T], form: Mapping[str, Any]) -> _T:
    hints = _hints(cast(Any, kind))
    return kind(**{name: _value(hints[name], item) for name, item in form.items()})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(hint: Any, item: Any) -> Any:
    """Turn a JSON value that fits its schema into what a field holds."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return None if item is None else _value(get_args(hint)[0], item)
    if origin is tuple:
        inner = get_args(hint)[0]
        return tuple(_value(inner, one) for one in item)
    if origin is frozenset:
        return frozenset(item)
    if isinstance(item, np.ndarray):
        return item
    if is_dataclass(hint):
        return _decoded(cast(type[Any], hint), item)
    if hint is date:
        return date.fromisoformat(item)
    return hint(item) if hint in (int, float) or issubclass(hint, StrEnum) else item


def _loaded(path: Path, error: _ErrorKind) -> object:
    def refuse(name: str) -> object:
        raise ValueError(name)

    try:
        text = path.read_text(encoding="utf-8-sig")
        found: object = json.loads(text, parse_constant=refuse)
        if "\\ud" in text.lower():  # half a sign, that nothing could write again
            json.dumps(found, ensure_ascii=False).encode()
    except OSError as cause:
        raise error("文件 %(file)s 无法读取，请检查路径和权限", file=path.name) from cause
    except json.JSONDecodeError as cause:
        raise error(
            "文件 %(file)s 第 %(line)d 行第 %(column)d 列不是有效的 JSON，文件可能不完整",
            file=path.name,
            line=cause.lineno,
            column=cause.colno,
        ) from cause
    except UnicodeError as cause:
        raise error(
            "文件 %(file)s 不是 UTF-8 编码，或含不完整的字符，请转换后重试", file=path.name
        ) from cause
    except (ValueError, RecursionError) as cause:
        raise error(
            "文件 %(file)s 不是有效的 JSON（含 NaN、Infinity 或嵌套过深）", file=path.name
        ) from cause
    return found


def _write(form: Mapping[str, Any], path: Path, error: _ErrorKind) -> None:
    text = json.dumps(form, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)  # one left behind may be open to others
        with open(part, "w", encoding="utf-8", opener=_owners_only) as file:
            file.write(f"{text}\n")
        part.replace(path)
    except OSError as cause:
        with suppress(OSError):
            part.unlink()
        raise error(
            "文件 %(file)s 无法写入，原有内容保持不变；请检查磁盘空间、文件夹和权限",
            file=path.name,
        ) from cause


def _owners_only(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_EXCL, 0o600)  # it tells where somebody can be found
