"""A sign-in service on this machine that speaks OpenID Connect, well or badly."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "fieldwrit", "invented-secret"


@dataclass(slots=True)
class Behaviour:
    """Whom the service signs in, and how it misbehaves."""

    subject: str = "s-1"
    username: str = "officer"
    audience: str = CLIENT
    lasts_s: int = 300
    own_key: bool = True
    nonce: str | None = None
    refused: bool = False
    asked: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)


@contextmanager
def sso_server() -> Iterator[tuple[str, Behaviour]]:
    """Yield the issuer of a running service and its behaviour, which a test may change."""
    behaviour = Behaviour()
    key, other = (RSAKey.generate_key(2048, {"kid": "k1"}) for _ in range(2))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, asked = urlsplit(self.path).path, _flat(urlsplit(self.path).query)
            if path == "/.well-known/openid-configuration":
                self._say(
                    {
                        "issuer": issuer,
                        "authorization_endpoint": f"{issuer}/authorize",
                        "token_endpoint": f"{issuer}/token",
                        "jwks_uri": f"{issuer}/keys",
                        "response_types_supported": ["code"],
                        "id_token_signing_alg_values_supported": ["RS256"],
                    }
                )
            elif path == "/keys":
                self._say(KeySet([key]).as_dict(private=False))
            elif path == "/authorize":
                behaviour.asked = asked
                code = f"code-{len(behaviour.codes)}"
                behaviour.codes[code] = asked
                said = {"error": "access_denied"} if behaviour.refused else {"code": code}
                self.send_response(302)
                back = urlencode({**said, "state": asked["state"]})
                self.send_header("Location", f"{asked['redirect_uri']}?{back}")
                self.end_headers()
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = _flat(self.rfile.read(length).decode())
            asked = behaviour.codes.pop(form["code"], None)
            if asked is None:  # each code is good once
                self.send_error(400)
                return
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            if (
                self.headers.get("Authorization") != f"Basic {basic}"
                or challenge != asked["code_challenge"]
            ):
                self.send_error(400)
                return
            now = int(time.time())
            claims = {
                "iss": issuer,
                "sub": behaviour.subject,
                "aud": behaviour.audience,
                "iat": now,
                "exp": now + behaviour.lasts_s,
                "nonce": behaviour.nonce or asked["nonce"],
                "preferred_username": behaviour.username,
            }
            signer = key if behaviour.own_key else other
            token = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, signer)
            self._say({"access_token": "a", "token_type": "Bearer", "id_token": token})

        def _say(self, body: Any) -> None:
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield issuer, behaviour
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
