"""TLS for a test."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from distributed.security import Security


def own_security(folder: Path) -> Security:
    """Certificates of one authority that only this test knows."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificates, is not installed")
    key, certificate = str(folder / "key.pem"), str(folder / "certificate.pem")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=daskflow",
    ]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    pairs = {
        f"tls_{role}_{what}": path
        for role in ("scheduler", "worker", "client")
        for what, path in (("key", key), ("cert", certificate))
    }
    return Security(require_encryption=True, tls_ca_file=certificate, **pairs)
