"""Who does something at the terminal: a stored account with the right to."""

from __future__ import annotations

from data.model import Account
from data.store import Store
from web.errors import WebError
from web.security import RIGHTS, Right

__all__ = ["person_who_may"]


def person_who_may(store: Store, username: str, right: Right) -> Account:
    """Return the account of this user name, once it has the right.

    Raises
    ------
    WebError
        If there is no such account, or its role may not.
    """
    found = next((one for one in store.accounts.all() if one.username == username.strip()), None)
    if found is None:
        raise WebError("没有这个用户名；账户见 fieldwrit account list")
    if right not in RIGHTS[found.role]:
        raise WebError("这个账户的角色无权办理（%(right)s）；请换有权的人员", right=right.value)
    return found
