"""What allauth asks of the site: where its mail goes, and who is calling."""

from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest

from . import services


class AccountAdapter(DefaultAccountAdapter):
    """Account mail waits in the outbox like all mail, so that none is lost while the mail server is away."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "This address and this password do not belong together. Check both, or choose a "
        "new password.",
        "duplicate_email": "This address is on your account already.",
        "max_email_addresses": "An account has at most %d addresses. Remove one first.",
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Links lead to the site's own address, whatever name the request came by."""
        links = {
            name: settings.SITE_URL + urlsplit(value)._replace(scheme="", netloc="").geturl()
            for name, value in context.items()
            if name.endswith("_url")
        }
        kind = template_prefix.rpartition("/")[2]
        services.post_to_address(f"account/{kind}", address=email, context={**context, "email": email, **links})

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """A new account has a name from its first moment."""
        user.name = form.cleaned_data.get("name", "")
        return super().save_user(request, user, form, commit)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """The link in the mail leads on to the page from which somebody came to sign up, in another browser too."""
        url = str(super().get_email_confirmation_url(request, emailconfirmation))
        page = get_next_redirect_url(request) if request is not None else None
        return f"{url}?{urlencode({'next': page})}" if page and page.startswith("/") else url

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The same for a new password: who lost an invitation still reaches the page where they answer it."""
        url = str(super().get_reset_password_from_key_url(key))
        page = get_next_redirect_url(self.request) if self.request is not None else None
        return f"{url}?{urlencode({'next': page})}" if page and page.startswith("/") else url

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor's address; a request that passed by some of the proxies is refused."""
        try:
            return str(super().get_client_ip(request))
        except ImproperlyConfigured:
            raise PermissionDenied from None
