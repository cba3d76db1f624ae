"""Pages for errors: an id and a cure, never personal data."""

from __future__ import annotations

import logging
import secrets
import traceback

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from data.errors import KeyFileError, StoreBusyError
from geo.errors import FieldwritError
from web.form_checks import is_check

__all__ = ["register_error_pages"]

_log = logging.getLogger(__name__)


def register_error_pages(app: Flask) -> None:
    """Let every failure end in a page (or JSON under ``/api``) that carries no data."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(KeyFileError, _without_key)
    app.register_error_handler(StoreBusyError, _busy)
    app.register_error_handler(FieldwritError, _refused)
    app.register_error_handler(Exception, _unexpected)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if isinstance(error, CSRFError):
        return _answer(400, _("页面已过期，请刷新后重新提交。"), expired=True)
    texts = {
        400: _("请求内容无法识别。"),
        401: _("请先登录。"),
        403: _("您的角色没有查看或办理此项内容的权限。"),
        404: _("没有找到该页面，可能已经删除或移动。"),
        405: _("不支持此操作方式。"),
        409: _("当前状态下不能执行此操作，请刷新后查看。"),
        410: _("这台设备已被停用。"),
        411: _("提交的内容没有写明长度，未予接收。"),
        413: _("提交的内容过大。"),
        428: _("请先在外勤页登记本机。"),
        429: _("尝试次数过多，请稍后再试。"),
    }
    if error.response is not None:
        return error.response
    return _answer(code, texts.get(code, _("请求未能完成。")))


def _without_key(error: KeyFileError) -> ResponseReturnValue:
    """Say that the store cannot be read now; it can once the key file is right again."""
    response = make_response(error.message.render(_), 503)
    response.content_type = "text/plain; charset=utf-8"  # the page's frame would ask the store
    response.headers["Retry-After"] = "30"
    return response


def _busy(error: StoreBusyError) -> ResponseReturnValue:
    response = _answer(503, error.message.render(_))
    response.headers["Retry-After"] = "10"
    return response


def _refused(error: FieldwritError) -> ResponseReturnValue:
    return _answer(400, error.message.render(_))


def _unexpected(error: Exception) -> ResponseReturnValue:
    reference = secrets.token_hex(4)
    # The error's own text may hold a name or an address: only its type and place are logged.
    _log.error(
        "error %s: %s in %s\n%s",
        reference,
        type(error).__name__,
        request.endpoint,
        "".join(traceback.format_tb(error.__traceback__)),
    )
    return _answer(500, _("系统出现错误，编号 %(reference)s，请告知管理员。", reference=reference))


def _answer(code: int, text: str, **more: bool) -> Response:
    if request.path.startswith("/api/") or is_check():
        response = jsonify(error=text, **more)
    else:
        response = make_response(render_template("error.html", code=code, text=text))
    response.status_code = code
    return response
