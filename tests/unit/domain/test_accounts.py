"""Who a forge's accounts are: each is one person, and forges ignore the case of letters."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from orchestrator.domain.merges import Account, Accounts
from orchestrator.domain.records import Role


def an_account(account: str, role: Role = Role.UNIT) -> Account:
    """Give an account."""
    return Account(account=account, name=account, roles=(role,))


def test_an_account_is_found_however_it_is_written() -> None:
    """As forges take it."""
    accounts = Accounts(accounts=(an_account("Li"), an_account("wang", Role.OFFICE)))
    assert accounts.find("lI") == an_account("Li")
    assert accounts.find("lin") is None


def test_an_account_stands_in_the_list_once() -> None:
    """Which of two entries counts would be chance, and with it who decides."""
    with pytest.raises(ValidationError, match="LI stands here twice"):
        Accounts(accounts=(an_account("li"), an_account("LI", Role.OFFICE)))
