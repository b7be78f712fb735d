"""What allauth asks of the site: where its mail goes, and who is calling."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest

from . import services


class AccountAdapter(DefaultAccountAdapter):
    """Account mail waits in the outbox like all mail, so that none is lost while the mail server is away."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Links lead to the site's own address, whatever name the request came by."""
        links = {
            name: settings.SITE_URL + urlsplit(value)._replace(scheme="", netloc="").geturl()
            for name, value in context.items()
            if name.endswith("_url")
        }
        kind = template_prefix.rpartition("/")[2]
        services.post_to_address(f"account/{kind}", address=email, context={**context, "email": email, **links})

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor's address; a request that passed by some of the proxies is refused."""
        try:
            return str(super().get_client_ip(request))
        except ImproperlyConfigured:
            raise PermissionDenied from None
