"""The envelope: what is handed out was signed and is whole, whatever happens to the bytes on their way."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from station import canonical
from station.errors import BadInput, NotAuthorised
from sync import signatures, wire
from sync.limits import LIMITS, Limits
from sync.signatures import SigningKey
from sync.strict_json import strict_json
from sync.wire import Block, Head, Opener, hash_of, open_whole, seal, seal_chunks
from sync.wire_layout import signed_part
from sync.zstd_stream import Inflater

KEY = SigningKey(bytes(range(32)))
OTHER = SigningKey(bytes(32))
DOMAIN = b"test"
BLOCKS = [canonical.encode([{"act": "take", "args": {"name": "王芳", "n": n}}] * (n + 1)) for n in range(6)]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc王", max_size=3), inner, max_size=4),
    max_leaves=20,
)


def sealed(blocks: list[bytes] = BLOCKS) -> bytes:
    return seal({"counter": 7, "newer": {"unknown": 1}}, blocks, KEY, DOMAIN, sender="D-1")


def code_of(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(BadInput) as caught:
        call(*args, **kwargs)
    return caught.value.code


def forged(blocks: list[bytes], stream: bytes) -> bytes:
    """A properly signed head before a stream of the sender's choice."""
    signed = signed_part({}, blocks, "")
    return signed + signatures.sign(KEY, DOMAIN, signed) + stream


def framed(blocks: list[bytes]) -> bytes:
    return b"".join(len(block).to_bytes(4, "big") + block for block in blocks)


def gather(opener: Opener, pieces: list[bytes]) -> tuple[list[Any], str]:
    """All events, and the code of the trouble that ended it."""
    events: list[Any] = []
    try:
        for piece in pieces:
            events += opener.feed(piece)
        return events, "" if opener.close() else "incomplete"
    except BadInput as trouble:
        return events, trouble.code


# ── round trips ──────────────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=60, deadline=None)
@given(
    head=st.dictionaries(st.text("abcxyz_", min_size=1, max_size=8).filter(lambda key: key != "blocks"), json_values),
    values=st.lists(json_values, max_size=6),
    cuts=st.lists(st.integers(1, 400), max_size=8),
)
def test_what_was_sealed_comes_out_however_it_was_cut(head: Any, values: Any, cuts: Any) -> None:
    blocks = [canonical.encode(value) for value in values]
    message = seal(head, blocks, KEY, DOMAIN, sender="D-1")
    pieces, rest = [], message
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    events, trouble = gather(Opener(DOMAIN, KEY.public), [*pieces, rest])
    assert trouble == ""
    assert {key: value for key, value in events[0].fields.items() if key != "blocks"} == head
    assert [block.data for block in events[1:]] == blocks
    assert [block.value for block in events[1:]] == values


def test_both_ends_name_a_message_alike_and_chunks_are_the_whole() -> None:
    message = sealed()
    head, blocks = open_whole(message, DOMAIN, {"D-1": KEY.public}.get)
    assert (head.hash, head.sender, len(blocks)) == (hash_of(message), "D-1", 6)
    assert head.fields["newer"] == {"unknown": 1}
    assert b"".join(seal_chunks({"counter": 7, "newer": {"unknown": 1}}, BLOCKS, KEY, DOMAIN, sender="D-1")) == message


def test_each_chunk_completes_its_block() -> None:
    opener = Opener(DOMAIN, KEY.public)
    counts = [len(opener.feed(chunk)) for chunk in seal_chunks({}, BLOCKS, KEY, DOMAIN)]
    assert counts == [1] * 7
    assert opener.close()


def test_a_message_without_blocks_ends_with_its_signature() -> None:
    message = seal({"a": 1}, [], KEY, DOMAIN)
    assert message[:4] == b"VC1\x01"
    assert open_whole(message, DOMAIN, KEY.public)[1] == []
    assert code_of(open_whole, message + b"x", DOMAIN, KEY.public) == "wire_stream"


def test_a_dictionary_shrinks_and_must_be_the_same() -> None:
    dictionary = (b'{"act":"take","args":{"name":"' + "青山镇".encode()) * 40
    message = seal({}, BLOCKS[:1], KEY, DOMAIN, dictionary=dictionary)
    assert open_whole(message, DOMAIN, KEY.public, dictionary=dictionary)[1][0].data == BLOCKS[0]
    _, trouble = gather(Opener(DOMAIN, KEY.public), [message])
    assert trouble in ("wire_stream", "wire_block_hash")


def test_as_many_blocks_as_allowed_fit_into_one_message_and_no_more() -> None:
    blocks = [canonical.encode([{"n": n}]) for n in range(4096)]
    assert len(open_whole(seal({}, blocks, KEY, DOMAIN), DOMAIN, KEY.public)[1]) == 4096
    assert code_of(seal, {}, [*blocks, b"[]"], KEY, DOMAIN) == "wire_too_large"
    assert code_of(seal, {}, [b"0" * (LIMITS.block_bytes + 1)], KEY, DOMAIN) == "wire_too_large"


# ── damage ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_truncation_gives_a_prefix_of_blocks() -> None:
    message = sealed()
    kept = []
    for size in range(len(message)):
        events, trouble = gather(Opener(DOMAIN, KEY.public), [message[:size]])
        assert trouble == "incomplete"
        assert [event.data for event in events[1:]] == BLOCKS[: max(0, len(events) - 1)]
        kept.append(len(events))
    assert kept == sorted(kept)
    assert set(kept) == set(range(7))


def test_every_single_byte_mutation_is_refused_or_yields_only_what_was_signed() -> None:
    message = sealed()
    stream_at = len(signed_part({"counter": 7, "newer": {"unknown": 1}}, BLOCKS, "D-1")) + 64
    for place in range(len(message)):
        for bits in (0x01, 0x80, 0xFF):
            changed = bytearray(message)
            changed[place] ^= bits
            events, trouble = gather(Opener(DOMAIN, KEY.public), [bytes(changed)])
            assert [event.data for event in events[1:]] == BLOCKS[: max(0, len(events) - 1)]
            if place < stream_at:
                assert events == []
                assert trouble
            assert trouble or len(events) == 7


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_noise_is_refused_and_never_crashes(noise: Any, prefixed: Any) -> None:
    events, trouble = gather(Opener(DOMAIN, KEY.public), [(b"VC1\x01" if prefixed else b"") + noise])
    assert events == []
    assert trouble


def test_blocks_verified_before_a_bad_one_are_not_lost() -> None:
    wrong = [*BLOCKS[:3], b'["forged"]']
    message = forged(BLOCKS[:4], zstandard.compress(framed(wrong)))
    opener = Opener(DOMAIN, KEY.public)
    events: list[Any] = opener.feed(message)
    assert [event.data for event in events[1:]] == BLOCKS[:3]
    assert code_of(opener.feed, b"more") == "wire_block_hash"
    assert code_of(opener.close) == "wire_block_hash"


def test_an_html_page_is_refused_at_its_first_byte() -> None:
    assert code_of(Opener(DOMAIN, KEY.public).feed, b"<") == "wire_magic"


def test_missing_and_superfluous_blocks_are_refused() -> None:
    assert gather(Opener(DOMAIN, KEY.public), [forged(BLOCKS[:2], zstandard.compress(framed(BLOCKS[:1])))])[1] == (
        "wire_stream"
    )
    for extra in (framed(BLOCKS[1:2]), b"\0", b"\0\0\0\0\0"):
        message = forged(BLOCKS[:1], zstandard.compress(framed(BLOCKS[:1]) + extra))
        assert gather(Opener(DOMAIN, KEY.public), [message])[1] == "wire_stream"
    after = forged(BLOCKS[:1], zstandard.compress(framed(BLOCKS[:1]))) + b"tail"
    assert gather(Opener(DOMAIN, KEY.public), [after])[1] == "wire_stream"


# ── who signed ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_wrong_key_wrong_domain_and_a_stranger_are_refused() -> None:
    message = sealed()
    assert code_of(open_whole, message, DOMAIN, OTHER.public) == "wire_signature"
    assert code_of(open_whole, message, b"other", KEY.public) == "wire_signature"
    assert code_of(open_whole, message, DOMAIN, lambda sender: None) == "wire_signature"


def test_the_sender_name_is_covered_by_the_signature() -> None:
    changed = sealed().replace(b"D-1", b"D-2", 1)
    assert code_of(open_whole, changed, DOMAIN, lambda sender: KEY.public) == "wire_signature"


def test_a_key_lookup_may_refuse_in_its_own_words() -> None:
    def key_of(sender: str) -> bytes:
        raise NotAuthorised("device_revoked", device=sender)

    with pytest.raises(NotAuthorised, match="device_revoked"):
        open_whole(sealed(), DOMAIN, key_of)


def test_domain_and_data_cannot_be_shifted_into_each_other() -> None:
    signature = signatures.sign(KEY, b"ab", b"cd")
    assert signatures.verify(KEY.public, b"ab", b"cd", signature)
    assert not signatures.verify(KEY.public, b"a", b"bcd", signature)
    assert not signatures.verify(KEY.public, b"ab", b"cd", signature[:-1])
    assert not signatures.verify(b"", b"ab", b"cd", signature)


@pytest.mark.parametrize("text", ["", "a", "AAAA", "=" * 43, "é" * 43, KEY.public_text + "=", None, 3])
def test_keys_as_text_have_one_spelling(text: Any) -> None:
    assert signatures.from_text(KEY.public_text, 32) == KEY.public
    assert code_of(signatures.from_text, text, 32) == "key_form"


def test_a_key_shows_no_secret() -> None:
    assert KEY.seed.hex() not in repr(KEY)
    assert "王芳" not in repr(open_whole(sealed(), DOMAIN, KEY.public)[1])


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("megabytes", [20, 300])
def test_a_bomb_is_refused_in_bounded_memory(megabytes: Any) -> None:
    bomb = zstandard.ZstdCompressor(level=19).compress(len(BLOCKS[0]).to_bytes(4, "big") + bytes(megabytes << 20))
    message = forged([b"x"] * 4, bomb)
    roomy = Limits(block_bytes=1 << 30)
    tracemalloc.start()
    try:
        for limits in (Limits(), roomy):
            assert gather(Opener(DOMAIN, KEY.public, limits), [message])[1]
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


def test_the_total_is_limited_in_bounded_memory() -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(19, window_log=17)
    bomb = zstandard.ZstdCompressor(compression_params=parameters).compress(bytes(300 << 20))
    tracemalloc.start()
    try:
        assert code_of(lambda: [len(piece) for piece in Inflater().feed(bomb)]) == "wire_too_large"
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_a_wide_window_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=24)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    message = forged(BLOCKS[:1], stream.compress(framed(BLOCKS[:1])) + stream.flush())
    assert gather(Opener(DOMAIN, KEY.public), [message])[1] == "wire_stream"


def test_a_caller_may_lower_the_limits() -> None:
    message = sealed()
    for limits in (Limits(block_bytes=20), Limits(total_bytes=200), Limits(blocks=5), Limits(head_bytes=10)):
        assert gather(Opener(DOMAIN, KEY.public, limits), [message])[1] == "wire_too_large"


def test_sizes_are_refused_before_their_bytes_come() -> None:
    opener = Opener(DOMAIN, KEY.public)
    assert code_of(opener.feed, b"VC1\x01\x00\xff\xff\xff\xff") == "wire_too_large"
    assert code_of(Opener(DOMAIN, KEY.public).feed, b"VC1\x01\xff") == "wire_length"
    assert code_of(Opener(DOMAIN, KEY.public).feed, b"VC1\x02\x00") == "wire_suite"
    assert code_of(Opener(DOMAIN, KEY.public).feed, b"VC1\x01\x01\n\0\0\0\1") == "wire_length"


@pytest.mark.parametrize("head", [b"[]", b"{}", b'{"blocks":3}', b'{"blocks":[1]}', b"{", b'{"blocks":[],"blocks":[]}'])
def test_a_signed_head_without_a_list_of_hashes_is_refused(head: Any) -> None:
    signed = b"VC1\x01\x00" + len(head).to_bytes(4, "big") + head
    message = signed + signatures.sign(KEY, DOMAIN, signed)
    assert code_of(Opener(DOMAIN, KEY.public).feed, message) == "wire_json"


# ── strict JSON ──────────────────────────────────────────────────────────────────────────────────────────────────────


AMBIGUOUS = (
    'NaN|Infinity|-Infinity|1e400|-1e400|[1e999]|{"a":1,"a":2}|[{"a":{"b":1,"b":1}}]|"\\ud800"|["\\udc00\\ud800"]|{"\\uD800":1}'
    '|[1,]|01|[|nul|\ufeff{}|{}{}|"\\x"|+1|.5|1.|0x1|{"a":1,}|"abc|{1:"a"}|\u00a0[]'
)


@pytest.mark.parametrize(
    "text",
    [*AMBIGUOUS.split("|"), "1" * 21, "1" * 5000, str(2**64), str(-(2**63) - 1), "", " ", '"\n"', "\x0b[]", "[]\x00"],
)
def test_json_with_two_meanings_or_none_is_refused(text: Any) -> None:
    assert code_of(strict_json, text.encode()) == "wire_json"


NOT_UTF8 = [b'"\xed\xa0\x80"', b'"\xff"', b'"\xc0\xaf"', b'\xff\xfe"\x00a\x00"\x00', b'"\xf4\x90\x80\x80"']


@pytest.mark.parametrize("data", NOT_UTF8)
def test_bytes_that_are_not_utf8_are_refused(data: Any) -> None:
    assert code_of(strict_json, data) == "wire_json"


@pytest.mark.parametrize("opener", [b"[", b'{"a":', b'[{"a":'])
def test_deep_json_is_refused_before_it_is_parsed(opener: Any) -> None:
    assert code_of(strict_json, opener * 100_000) == "wire_too_deep"


def test_depth_counts_nesting_and_not_brackets_in_text() -> None:
    assert strict_json(b"[" * 32 + b"]" * 32)
    assert code_of(strict_json, b"[" * 33 + b"]" * 33) == "wire_too_deep"
    tricky = json.dumps(['[[[[\\"[[["{{{', "\\", '"', "[" * 100]).encode()
    assert strict_json(tricky) == json.loads(tricky)
    assert len(strict_json(b"[" + b"[]," * 1000 + b"[]]")) == 1001


def test_long_strings_and_long_documents_are_refused() -> None:
    assert strict_json(b'"' + b"a" * 65536 + b'"')
    assert code_of(strict_json, b'"' + b"a" * 65537 + b'"') == "wire_too_large"
    assert code_of(strict_json, b'{"' + b"a" * 65537 + b'":1}') == "wire_too_large"
    assert code_of(strict_json, b" " * LIMITS.block_bytes + b"1") == "wire_too_large"


def test_a_proper_surrogate_pair_is_one_character() -> None:
    assert strict_json(b'"\\ud83d\\ude00"') == "😀"
    assert strict_json('"𠮷"'.encode()) == "𠮷"


@settings(max_examples=200, deadline=None)
@given(json_values)
def test_strict_json_reads_what_canonical_json_writes(value: Any) -> None:
    assert strict_json(canonical.encode(value)) == value


@settings(max_examples=300, deadline=None)
@given(st.text('[]{}",:\\u0123dD8aeE+-. ntrl王', max_size=40))
def test_strict_json_never_takes_what_the_ordinary_reader_refuses(text: Any) -> None:
    try:
        value = strict_json(text.encode())
    except BadInput:
        return
    assert value == json.loads(text)


def test_the_public_names_are_here() -> None:
    assert all(hasattr(wire, name) for name in wire.__all__)
    assert (Head, Block) == (wire.Head, wire.Block)
