"""Keys, signatures and the signed text forms built on them. Knows nothing of batteries or logs.

`errors`      every refusal of this package, under `CryptoError`
`encoding`    base64 and base64url that re-encode to themselves
`strictjson`  one JSON reader, for signed text: what two parsers could read differently is refused
`ed25519`     the acceptance rule for Ed25519 keys and signatures, checked with libsodium
`es256`       the acceptance rule for ES256 keys and signatures, checked with OpenSSL
`keys`        `PrivateKey`, `Verifier`, JWK, thumbprint, encrypted PEM
`jws`         compact JWS with exactly the members `alg`, `kid` and `typ` (RFC 7515)
`sdjwt`       disclosures: conceal, reveal, match to digests (RFC 9901)
`note`        signed notes and verifier keys (C2SP signed-note)

Every check raises; none returns a bool. Salts are arguments; only `PrivateKey.generate` draws randomness.
"""
