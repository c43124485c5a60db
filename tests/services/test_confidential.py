"""Tokens are found wherever a client may write them, and nothing else is taken."""

from __future__ import annotations

import pytest

from services.confidential import Sieve, without_tokens

LAYER = "https://gis.example.org/server/rest/services/A/FeatureServer/0"

#: What was sent, what may be shown of it, and the tokens in it.
HOLDING = [
    (f'{{"url":"{LAYER}","token":"t0ken"}}', f'{{"url":"{LAYER}"}}', {"t0ken"}),
    (f'{{"url":"{LAYER}","serviceToken":"t0ken"}}', f'{{"url":"{LAYER}"}}', {"t0ken"}),
    (f'{{"url":"{LAYER}","TOKEN":"t0ken"}}', f'{{"url":"{LAYER}"}}', {"t0ken"}),
    (f'{{"url":"{LAYER}?token=t0ken"}}', f'{{"url":"{LAYER}"}}', {"t0ken"}),
    (f'{{"url":"{LAYER}?f=json&Token=t0ken&a=b"}}', f'{{"url":"{LAYER}?f=json&a=b"}}',
     {"t0ken"}),
    (f'{{"url":"{LAYER}?%74oken=t0ken"}}', f'{{"url":"{LAYER}"}}', {"t0ken"}),
    (f'{{"url":"{LAYER}?token=t%2Fk%20n"}}', f'{{"url":"{LAYER}"}}',
     {"t%2Fk%20n", "t/k n"}),
    (f'{{"url":"{LAYER}","\\u0074oken":"t0ken"}}', f'{{"url":"{LAYER}"}}', {"t0ken"}),
    (f"{{url: '{LAYER}', token: 't0ken'}}", f'{{"url":"{LAYER}"}}', {"t0ken"}),
    (f'[{{"url":"{LAYER}"}},{{"url":"{LAYER}","token":"t0ken"}}]',
     f'[{{"url":"{LAYER}"}},{{"url":"{LAYER}"}}]', {"t0ken"}),
    (f'[[1,{{"url":"{LAYER}","token":"t0ken"}}]]', f'[[1,{{"url":"{LAYER}"}}]]',
     {"t0ken"}),
    (f'[{{"Layer":{{"url":"{LAYER}?token=t0ken"}}}}]',
     f'[{{"Layer":{{"url":"{LAYER}"}}}}]', {"t0ken"}),
    (f'{{"dataType":"GPDataFile","value":{{"url":"{LAYER}","token":"t0ken"}}}}',
     f'{{"dataType":"GPDataFile","value":{{"url":"{LAYER}"}}}}', {"t0ken"}),
    (f'["{{\\"url\\":\\"{LAYER}\\",\\"token\\":\\"t0ken\\"}}"]',
     f'["{{\\"url\\":\\"{LAYER}\\"}}"]', {"t0ken"}),
    (f"{LAYER}?token=t0ken", LAYER, {"t0ken"}),
    (f'{LAYER}?token=t"0ken;x&f=json', f"{LAYER}?f=json", {'t"0ken;x'}),
    (f"see {LAYER}?token=t0ken for more", f"see {LAYER}? for more", {"t0ken"}),
    ("https://me:s3cret@gis.example.org/a", "https://gis.example.org/a", {"s3cret"}),
    ("https://proxy.example.org/?https://a.b/c?token=t0ken",
     "https://proxy.example.org/?https://a.b/c", {"t0ken"}),
    ("https://b.s3.example.org/k?X-Amz-Signature=abcd&X-Amz-Date=1",
     "https://b.s3.example.org/k?X-Amz-Date=1", {"abcd"}),
    ('{"token":{"access":"t0ken"},"a":1}', '{"a":1}', {"t0ken"}),
    ('{"outSR":4326,"serviceToken":"t0ken"}', '{"outSR":4326}', {"t0ken"}),
    ('{"token": "t0ken", broken', '{"hidden": true, broken', {"t0ken"}),
]  # fmt: skip
#: Data and words that only look like it.
INNOCENT = [
    "5", "a text with a token in it", "100 %", "token", "Bearer", "me@example.org",
    '{"url":"https://gis.example.org/FeatureServer/0?f=json"}',
    '{"features":[{"attributes":{"token":"A7","secret":"b"}}]}',
    '[1, 2,   3]', '{ "distance": 5, "units": "esriMiles" }', "a = b & token != c",
    '{"tokens":3,"tokenizer":"x"}',
]  # fmt: skip


@pytest.mark.parametrize(("sent", "shown", "tokens"), HOLDING, ids=range(len(HOLDING)))
def test_a_token_is_taken_out_wherever_it_stands(sent, shown, tokens):
    sieve = Sieve()
    assert sieve.text(sent) == shown
    assert sieve.found == tokens


@pytest.mark.parametrize("text", INNOCENT)
def test_what_holds_no_token_stays_as_it_is_to_the_letter(text):
    sieve = Sieve()
    assert sieve.text(text) == text
    assert sieve.found == set()


def test_a_nested_url_that_is_encoded_goes_as_a_whole():
    url = "https://p.example.org/?u=https%3A%2F%2Fa.b%3Ftoken%3Dt0ken&f=json"
    assert without_tokens(url) == "https://p.example.org/?f=json"
