"""RFC 3161 time stamps, checked with `rfc3161-client` where there is no `openssl` program."""

from truecrowd.errors import ConfigError
from truecrowd.evidence.verify import Flaw


def checked(roots: bytes, token: bytes, digest: str) -> float:
    """Return when a token was made.

    Args:
        roots: Certificates that may stand above it, PEM.
        token: A time stamp response, DER.
        digest: SHA-256 it must be over, hex.

    Raises:
        Flaw: It is not over this hash, or no chain leads to `roots`.
        ConfigError: `rfc3161-client` is not installed.
    """
    try:
        from rfc3161_client import VerifierBuilder, decode_timestamp_response
        from rfc3161_client.errors import VerificationError
    except ImportError as error:
        what = "neither the program openssl nor rfc3161-client is installed"
        fix = "install openssl, or pip install 'truecrowd[timestamp]'; or leave --tsa-root out"
        raise ConfigError(what, where="--tsa-root", fix=fix) from error
    from cryptography.x509 import load_pem_x509_certificates

    builder = VerifierBuilder()
    for certificate in load_pem_x509_certificates(roots):
        builder = builder.add_root_certificate(certificate)
    response = decode_timestamp_response(token)
    try:
        builder.build().verify(response, bytes.fromhex(digest))
    except VerificationError as error:
        raise Flaw("signature", "TSA") from error
    return response.tst_info.gen_time.timestamp()
