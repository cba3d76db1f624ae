"""How commands show what they did: lines for people, or one JSON object."""

from __future__ import annotations

import json
from typing import Any

import click

from web.config import Settings
from web.i18n import marked, translator

__all__ = ["show"]

_LABELS = {
    "accepted": marked("接受"),
    "account": marked("账户编号"),
    "action": marked("行动编号"),
    "action_if_approved": marked("已批准时的行动编号"),
    "action_if_declined": marked("派出所不能协助时的行动编号"),
    "address_claims": marked("地址线索"),
    "audit_entries": marked("审计条目"),
    "audit_hash": marked("末条摘要"),
    "blocked_by_rule": marked("规则阻止"),
    "bound": marked("任何计划的价值减代价至多"),
    "cases": marked("案件"),
    "changed": marked("已变更"),
    "checkpoints": marked("已签署的检查点"),
    "claim": marked("地址线索编号"),
    "closed_km": marked("封闭里程（公里）"),
    "closed_roads": marked("封闭路段"),
    "closure": marked("封闭编号"),
    "corrected": marked("已更正"),
    "correction": marked("修正编号"),
    "court": marked("法院代码"),
    "cut_off": marked("切断的地点"),
    "data_dir": marked("数据目录"),
    "datum_check": marked("坐标系核对"),
    "device": marked("设备编号"),
    "debtors_considered": marked("参与规划的被执行人"),
    "draft": marked("草稿"),
    "duties": marked("勤务"),
    "encoding": marked("文件编码"),
    "ended": marked("共享已结束"),
    "error_after": marked("修正后误差"),
    "error_before": marked("修正前误差"),
    "expected_found": marked("预计找到"),
    "fit": marked("学习结果编号"),
    "fit_in_use": marked("在用的学习结果"),
    "fresh": marked("新增"),
    "missing": marked("库中有、文件中没有"),
    "refused": marked("整个文件不能导入"),
    "f1_shipped": marked("随附模型的 F1"),
    "f1_trained": marked("新模型的 F1"),
    "forgotten_legs": marked("已删除的行程"),
    "gap": marked("距最好的计划至多差（比例）"),
    "geocoded": marked("已定位地址"),
    "grid": marked("网格"),
    "in_use": marked("在用的修正"),
    "judged_rows": marked("留作检验的行"),
    "kind": marked("类别"),
    "learned_debtors": marked("参与学习的被执行人"),
    "learned_visits": marked("参与学习的走访"),
    "learnt": marked("记入地名表的条数"),
    "left_out": marked("价值较低而未参与"),
    "lifted_at": marked("解除时间"),
    "measured_legs": marked("实测行程"),
    "moved_m": marked("与原位置相距（米）"),
    "other_sheets": marked("另有内容而未读的工作表"),
    "output": marked("输出文件"),
    "overlapping_rows": marked("与检验的行相同而未用的行"),
    "planned_visits": marked("计划走访"),
    "polygons": marked("范围（面）"),
    "public_key": marked("公钥"),
    "quarantined": marked("隔离"),
    "recognised": marked("已识别地址"),
    "released": marked("已发布"),
    "replaces": marked("调整自"),
    "resumed_rows": marked("接续上次的行数"),
    "rows": marked("行数"),
    "role": marked("角色"),
    "seconds": marked("用时（秒）"),
    "sheet": marked("工作表"),
    "station": marked("派出所编号"),
    "stations": marked("起点"),
    "trained_rows": marked("用于训练的行"),
    "team": marked("小组"),
    "templates": marked("导入模板"),
    "township": marked("乡镇"),
    "unassigned": marked("未安排"),
    "unchanged": marked("未变"),
    "unconverted": marked("未能换算的行"),
    "undone": marked("已撤销的行动"),
    "unread_cells": marked("没有值的公式或错误单元格"),
    "unlocated": marked("没有可到达的地址"),
    "valid": marked("符合"),
    "value": marked("计划价值"),
    "other_value": marked("另一种答复时的价值"),
    "without_hour": marked("没有合法时段或不值得走访"),
    "violations": marked("不符之处"),
    "worth": marked("这份计划的价值减代价"),
    "actions": marked("行动"),
    "backup": marked("备份编号"),
    "encrypted_fields": marked("换用新密钥的字段"),
    "faults": marked("问题"),
    "key_number": marked("密钥序号"),
    "last_entry_at": marked("最后一条审计的时间"),
    "made_at": marked("制作时间"),
    "mended": marked("已修好"),
    "notes": marked("提示"),
    "old_key_in_variable": marked("旧密钥还在环境变量中，请删去"),
    "other_files": marked("库以外的文件"),
    "outcomes": marked("走访结果"),
    "resumed": marked("接续上次"),
    "revision": marked("库的版本"),
    "size_bytes": marked("大小（字节）"),
    "sound": marked("完好"),
    "table_rows": marked("库中的行"),
    "unreadable_fields": marked("无法读出的字段"),
}


def show(result: dict[str, Any], *, as_json: bool, settings: Settings) -> None:
    """Print a result: each name with its value, and the items of lists line by line."""
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, default=str))
        return
    say = translator(settings.language)
    for name, value in result.items():
        if isinstance(value, list):
            for item in value:
                click.echo(item if isinstance(item, str) else json.dumps(item, ensure_ascii=False))
        else:
            click.echo(f"{say(_LABELS.get(name, name))}：{'–' if value is None else value}")
