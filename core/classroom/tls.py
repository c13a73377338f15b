"""A certificate made on the spot, for a class whose phones are to give their live cameras: browsers do that over https
alone. Nobody has vouched for it, so every browser warns once; it is kept with the class, so that once is enough."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core.storage import write

CERTIFICATE, KEY = "certificate.pem", "certificate-key.pem"
_DAYS, _LEAST_DAYS = 397, 14
"""So long a certificate is good, as browsers want it, and with fewer days left another is made."""


def certificate(folder: Path, addresses: Sequence[str]) -> tuple[Path, Path]:
    """The files of a certificate for these addresses of this computer, and of its key: those in `folder`, or new ones
    where there are none that will do. StorageError where the disk refuses."""
    kept, key = folder / CERTIFICATE, folder / KEY
    if not (key.exists() and _will_do(kept, addresses)):
        _make(kept, key, addresses)
    return kept, key


def _will_do(file: Path, addresses: Sequence[str]) -> bool:
    with suppress(OSError, ValueError, x509.ExtensionNotFound):
        known = x509.load_pem_x509_certificate(file.read_bytes())
        names = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        covered = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
        return set(addresses) <= covered and known.not_valid_after_utc > datetime.now(UTC) + timedelta(_LEAST_DAYS)
    return False


def _make(file: Path, key_file: Path, addresses: Sequence[str]) -> None:
    key, host, now = ec.generate_private_key(ec.SECP256R1()), socket.gethostname().lower(), datetime.now(UTC)
    numbers = [x509.IPAddress(ipaddress.ip_address(one)) for one in dict.fromkeys((*addresses, "127.0.0.1"))]
    names = [x509.DNSName(name) for name in ("localhost", host, f"{host}.local") if name.isascii()]
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Finetune Lab")])
    made = (
        x509.CertificateBuilder()
        .subject_name(called).issuer_name(called)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(_DAYS - 1))  # clocks of phones differ
        .add_extension(x509.SubjectAlternativeName([*numbers, *names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    write(key_file, key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    key_file.chmod(0o600)  # and the folder of a class is for this account alone
    write(file, made.public_bytes(pem))
