"""Certificates for a router with TLS, made by openssl."""

import subprocess


def make_certificate(folder, name, *, key="rsa:2048", issuer=None, authority=False, address="127.0.0.1"):
    """<name>.pem and <name>.key; self-signed, or by an issuer that was made before.

    address: whose it is. Returns the router's settings for them.
    """
    by = ["-CA", folder / f"{issuer}.pem", "-CAkey", folder / f"{issuer}.key"] if issuer else []
    purpose = "basicConstraints=critical,CA:" + ("TRUE" if authority else "FALSE")
    usage = "keyUsage=digitalSignature" + (",keyCertSign" if authority else "")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", *key.split(" "), "-nodes", "-days", "2", *by,
         "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem", "-subj", f"/CN={name}",
         "-addext", f"subjectAltName=IP:{address}", "-addext", purpose, "-addext", usage],
        check=True, capture_output=True,
    )  # fmt: skip
    return {"TLS_CERT": str(folder / f"{name}.pem"), "TLS_KEY": str(folder / f"{name}.key")}
