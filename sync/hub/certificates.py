"""The private CA of one hub and the leaf certificate that it serves with: ECDSA P-256, values in, values out."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from station.errors import BadInput
from station.ports import Chance

CA_YEARS: Final = 20
LEAF_YEARS: Final = 5  # a village may stay away for a season, and renewing needs the key that was carried away
LOCAL_HOSTS: Final = ("127.0.0.1", "localhost")
_DAYS_OF_YEAR: Final = 365
_SLACK: Final = timedelta(days=1)  # a reader's clock may be behind
_NAME_MAX: Final = 64  # X.509: a common name is no longer


def make_ca(key: ec.EllipticCurvePrivateKey, now_ms: int, chance: Chance) -> x509.Certificate:
    """A self-signed CA certificate, valid from a day before `now_ms` for CA_YEARS."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Village counter hub CA {chance.token(4).hex()}")])
    builder = _dated(now_ms, CA_YEARS, chance).subject_name(name).issuer_name(name).public_key(key.public_key())
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def make_leaf(
    public_key: ec.EllipticCurvePublicKey,
    hosts: Iterable[str],
    ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    now_ms: int,
    chance: Chance,
) -> x509.Certificate:
    """A server certificate for these hosts, with 127.0.0.1 and localhost always. Raises BadInput host_form(host)."""
    names = list(dict.fromkeys(_general_name(host) for host in (*hosts, *LOCAL_HOSTS)))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, str(names[0].value)[:_NAME_MAX])])
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    builder = _dated(now_ms, LEAF_YEARS, chance).subject_name(subject).issuer_name(ca.subject).public_key(public_key)
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(authority, critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _dated(now_ms: int, years: int, chance: Chance) -> x509.CertificateBuilder:
    now = datetime.fromtimestamp(now_ms // 1000, UTC)
    serial = int.from_bytes(chance.token(16), "big") >> 1 | 1  # positive, never zero
    return (
        x509.CertificateBuilder()
        .serial_number(serial)
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + timedelta(days=years * _DAYS_OF_YEAR))
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    try:
        name = host.encode("idna").decode("ascii")
        labels = name.removesuffix(".").split(".")
        if not all(label.replace("-", "").isalnum() for label in labels):
            raise BadInput("host_form", host=host)
        return x509.DNSName(name)
    except ValueError:  # UnicodeError too
        raise BadInput("host_form", host=host) from None


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
