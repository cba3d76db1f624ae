"""Who does something at the terminal: a stored account with its password and the right to."""

from __future__ import annotations

from data.model import Account
from data.rights import RIGHTS, Right
from data.store import Store
from data.terminal import TERMINAL
from web.errors import WebError
from web.person import Person

__all__ = ["person_who_may"]


def person_who_may(store: Store, person: Person, right: Right) -> Account:
    """Return the account whose name and password these are, once it has the right.

    As on the page of signing in, both outcomes are recorded, and a wrong name is told from a
    wrong password by nobody.

    Raises
    ------
    WebError
        If there is no such account, the password is another, or its role may not.
    """
    found = store.accounts.verify(person.username, person.password.reveal())
    if found is None:
        store.audit.append(TERMINAL, "login.failed", "account:-")
        raise WebError("用户名或密码不正确；账户见 fieldwrit account list")
    store.audit.append(TERMINAL, "login", f"account:{found.id}")
    if right not in RIGHTS[found.role]:
        raise WebError("这个账户的角色无权办理（%(right)s）；请换有权的人员", right=right.value)
    return found
