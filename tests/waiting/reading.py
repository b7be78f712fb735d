"""What waits for somebody, by its key, and whether its page opens for them."""

from typing import Any

from django.test import Client

from expo.kit.waiting import Waiting, waiting_for


def waits(user: Any, edition: Any) -> dict[str, Waiting]:
    return {each.key: each for each in waiting_for(user, edition)}


def opens(client: Client, user: Any, each: Waiting) -> bool:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(each.url.partition("#")[0]).status_code == 200
