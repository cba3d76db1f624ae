"""Who does something at the terminal: a stored account with its password and the right to."""

from __future__ import annotations

from data.model import Account
from data.rights import RIGHTS, Right
from data.store import Store
from data.terminal import TERMINAL
from web.accounts import user_key
from web.errors import WebError
from web.person import Person

__all__ = ["person_who_may"]


def person_who_may(store: Store, person: Person, right: Right) -> Account:
    """Return the account whose name, password and code these are, once it has the right.

    As on the page of signing in, both outcomes are recorded, failures are counted and lock, and a
    wrong name is told from a wrong password by nobody. The code of the second factor is asked for
    where the account has one.

    Raises
    ------
    WebError
        If there is no such account, the password or code is another, the name is locked, or the
        role may not.
    """
    failures, name = store.sign_in_failures, user_key(person.username)
    if failures.locked_until((name,)) is not None:
        raise _locked()
    found = store.accounts.verify(person.username, person.password.reveal())
    if found is None:
        failures.add((name,))
        store.audit.append(TERMINAL, "login.failed", "account:-")
        raise WebError("用户名或密码不正确；账户见 fieldwrit account list")
    if store.second_factor.is_on(found.id):
        code = f"code:{found.id}"
        if failures.locked_until((code,)) is not None:
            raise _locked()
        if not store.second_factor.accepts(found.id, person.ask_code()):
            failures.add((code,))
            store.audit.append(TERMINAL, "login.failed", f"account:{found.id}")
            raise WebError("两步验证的验证码不正确或已用过；请输入最新的验证码")
        failures.forget((code,))
    failures.forget((name,))
    store.audit.append(TERMINAL, "login", f"account:{found.id}")
    if right not in RIGHTS[found.role]:
        raise WebError("这个账户的角色无权办理（%(right)s）；请换有权的人员", right=right.value)
    return found


def _locked() -> WebError:
    return WebError("失败次数过多，请十分钟后再试，或请管理员解锁")
