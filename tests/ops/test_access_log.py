"""The access log of the site."""

from types import SimpleNamespace

import pytest
from django.urls import reverse
from gunicorn.config import Config

from expo.ops.gunicorn import AccessLogger


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("account_reset_password_from_key", {"uidb36": "2k", "key": "d4v3ry-s3cr3t"}),
        ("account_confirm_email", {"key": "MQ:1vS3cr3t:s3cr3t"}),
    ],
)
def test_keys_of_mailed_links_stay_out_of_the_log(name: str, kwargs: dict[str, str]) -> None:
    path = reverse(name, kwargs=kwargs)
    environ = {
        "REQUEST_METHOD": "GET", "RAW_URI": path, "PATH_INFO": path, "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": f"https://expo.example.org{path}",
    }  # fmt: skip
    request = SimpleNamespace(headers=[], method="GET", uri=path, path=path)
    response = SimpleNamespace(status="200 OK", sent=10, headers=[])
    took = SimpleNamespace(seconds=0, microseconds=1)
    line = AccessLogger(Config()).atoms(response, request, environ, took)
    assert line["r"] == f"GET {path.rpartition('/')[0].rpartition('/')[0]}/.../ HTTP/1.1"
    assert "s3cr3t" not in str([value for key, value in line.items()]).lower()
