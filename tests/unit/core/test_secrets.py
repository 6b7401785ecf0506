"""What is said aloud carries no password and no token."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daskflow.core.secrets import masked

LETTERS = string.ascii_letters + string.digits
HOSTS = st.sampled_from(["10.0.0.1", "camera.lan:554", "[fe80::1]:80", "example.com"])
SCHEMES = st.sampled_from(["rtsp", "http", "https", "rtmp", "udp", "srt", "RTSP", "rtsps+tcp"])
WORDS = st.text(LETTERS + " .,:!?()'\"<>äß@#&=-", max_size=30).filter(lambda text: "://" not in text)
NAMES = st.sampled_from([
    "token", "key", "password", "access_token", "signature", "X-Amz-Signature", "api_key", "apikey", "pwd",
    "passphrase", "auth", "loginpas", "SECRET", "sig", "sessionid", "streamkey", "user_password",
])  # fmt: skip
# Marked, so that no part of the rest of a text can be the secret by chance.
SECRETS = st.text(LETTERS + ".,!~*$%+-_", max_size=20).map("Zz9{}".format)


@given(SCHEMES, st.text(LETTERS, max_size=8), st.text(LETTERS + ".,!~*$%+-_:@;=", max_size=20), HOSTS, WORDS)
def test_the_password_of_an_address_is_never_in_the_text(scheme, user, tail, host, words):
    secret = f"Zz9{tail}"
    text = f"{words} {scheme}://{user}:{secret}@{host}/stream: refused"
    said = masked(text)
    assert "Zz9" not in said
    assert said.startswith(f"{words} {scheme}://{user}:" if user else f"{words} {scheme}://")
    assert f"***@{host}/stream" in said
    assert masked(said) == said


@given(SCHEMES, HOSTS, NAMES, SECRETS, st.sampled_from("?&;/#"), WORDS)
def test_the_value_of_a_parameter_that_speaks_of_a_secret_is_never_in_the_text(
    scheme, host, name, secret, before, words
):
    said = masked(f"{words} {scheme}://{host}/video?quality=high{before}{name}={secret}&channel=2 failed")
    assert "Zz9" not in said
    assert f"quality=high{before}{name}=***&channel=2 failed" in said


@given(WORDS)
def test_a_text_without_an_address_is_as_it_was(words):
    assert masked(words) == words


@pytest.mark.parametrize("text", [
    "http://camera.lan:8080/a@b?channel=1", "file:///data/a@b.mp4", "udp://@239.0.0.1:1234", "a://b",
    "no address, password=known and token=x", "http://[::1]:80/x@y",
])  # fmt: skip
def test_what_is_no_secret_stays(text):
    assert masked(text) == text


@pytest.mark.parametrize(("text", "said"), [
    ("rtsp://admin:pa/ss@host/x", "rtsp://admin:***@host/x"),
    ("rtsp://admin:p@ss@host:554/x", "rtsp://admin:***@host:554/x"),
    ("https://ghp_abc@host", "https://***@host"),
    ("http://proxy/?url=rtsp://u:pw@h/x&token=3", "http://proxy/?url=rtsp://u:***@h/x&token=***"),
    ("rtsp://u:p@h,rtsp://v:q@w", "rtsp://u:***@h,rtsp://v:***@w"),
    ("rtsp://h/user=admin_password=tl_channel=1", "rtsp://h/user=admin_password=***"),
])  # fmt: skip
def test_unusual_addresses(text, said):
    assert masked(text) == said


def test_a_long_text_takes_a_time_in_proportion():
    text = "http://host/" + "a" * 50_000 + "password" * 5_000
    assert masked(text) == text
