"""How scripts sign in: `Authorization: Token …`, limited to the token's scope and edition."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from expo.kit.errors import NotAllowed

from . import services
from .models import ApiToken, User
from .states import TokenScope


class TokenAuthentication(KnoxAuthentication):
    """A read token reads; a token for one edition opens only addresses of that edition."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's owner, or a refusal that says what the token lacks."""
        pair: tuple[User, ApiToken] | None = super().authenticate(request)
        if pair is None:
            return None
        token = pair[1]
        if token.scope == TokenScope.READ and request.method not in SAFE_METHODS:
            raise NotAllowed(
                "token-reads-only", "This token may only read. Make one with the scope “write” to change things."
            )
        _check_edition(token, request)
        services.record_use(token)
        return pair


def _check_edition(token: ApiToken, request: Request) -> None:
    match = request.resolver_match
    asked = match.kwargs.get("edition") if match else None
    if token.edition_slug and token.edition_slug != asked:
        raise NotAllowed(
            "token-other-edition", f"This token opens only addresses under the edition “{token.edition_slug}”."
        )


class TokenScheme(OpenApiAuthenticationExtension):
    """Tells the API's description how tokens are sent."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token` and the token's text, with a space between. Create one under “API tokens”.",
        }
