"""Receivers of allauth's signals."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed, email_confirmed, email_removed, password_reset
from django.dispatch import receiver

from . import services
from .models import User


@receiver(password_reset, dispatch_uid="prove-address")
def prove_address(user: User, **kwargs: Any) -> None:
    """A password set by a mailed link proves the mailbox; else an invited person would have to verify twice."""
    services.prove_address(user)


@receiver(email_confirmed, dispatch_uid="address-proved")
def address_proved(email_address: EmailAddress, **kwargs: Any) -> None:
    """Conflicts and claims depend on proved addresses, so what reacts to this fact checks them again."""
    services.record_address_proved(email_address.user)


@receiver(email_removed, dispatch_uid="remember-removed-address")
def remember_removed(user: User, email_address: EmailAddress, **kwargs: Any) -> None:
    """The conflict wall looks at addresses, so none that was proved may vanish without a trace."""
    if email_address.verified:
        services.remember_address(user, email_address.email)


@receiver(email_changed, dispatch_uid="remember-changed-address")
def remember_changed(user: User, from_email_address: EmailAddress | None, **kwargs: Any) -> None:
    """Whoever was invited under an address is known by it, even if it was never proved."""
    if from_email_address is not None and not from_email_address.verified:
        services.remember_address(user, from_email_address.email)
