"""Proof that a register was not altered: signatures, the tree over the log, anchors.

Nothing here knows the database: bytes, hashes and statements go in, answers come out.

Signatures
    A key is Ed25519 (RFC 8032). Its public half is written as its 32 bytes in 64 lower-case
    hexadecimal digits; that text is its fingerprint, too. What is signed is always a JSON object,
    the statement. It says what it is in `schema` and which key signs it in `key`, so that no
    signature can be taken for one of another kind or of another key. The signed bytes are

        formbook/signature/1 LF canonical JSON of the statement

    in UTF-8: keys sorted, strings in NFC and escaped no further than JSON asks, no spaces. The
    signature is written in 128 hexadecimal digits. Outside of the log, both are carried as

        {"schema": "formbook/signature/1", "statement": {...}, "signature": "..."}

    The statement of an event of the log is made of its row and not kept apart:

        {"schema": "formbook/act/1", "register": SHA-256 of the log's first event, "seq", "at",
        "person", "account", "kind", "body_sha256", "previous", "key"}

    So it covers the body through its hash, even once the body was erased by law; the time at
    which the act was recorded; and, through `previous`, the whole log before it.
"""
