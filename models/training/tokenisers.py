"""Vocabularies: word pieces learned on logs (logbert, sbert) and byte pairs (roberta), as Hugging Face `tokenizer.json`."""
from __future__ import annotations

from collections.abc import Iterable

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

PAD, UNKNOWN, START, MASK = "[PAD]", "[UNK]", "[CLS]", "[MASK]"
SPECIAL = [PAD, UNKNOWN, START, MASK]
PLACEHOLDERS = [
    f"<{name}>"
    for name in (
        "url email uuid time mac ip path quoted address hex hash host user duration size value id num *".split()
    )
]


def word_pieces(texts: Iterable[str], size: int) -> Tokenizer:
    """Lower-case word pieces. A run of digits is one `0`, and what mixes hexadecimal letters and digits is one too: numbers tell nothing of an event."""
    tokeniser = Tokenizer(models.WordPiece(unk_token=UNKNOWN, max_input_chars_per_word=48))
    tokeniser.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[0-9a-fA-F]*[0-9][0-9a-fA-F]*[0-9][0-9a-fA-F]*"), "0"),
            normalizers.Replace(Regex(r"[0-9]+"), "0"),
            normalizers.Replace(Regex(r"[^\p{L}\p{N}]+"), " "),
            normalizers.Lowercase(),
        ]
    )
    tokeniser.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokeniser.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=SPECIAL, limit_alphabet=200, min_frequency=2, show_progress=False
    )
    tokeniser.train_from_iterator(texts, trainer)
    # The trainer numbers pieces in the order of a hash map: sorted, equal texts give
    # equal files but where pieces tie. The longest piece wins, whatever its number.
    pieces = [*SPECIAL, *sorted(set(tokeniser.get_vocab()) - set(SPECIAL))]
    tokeniser.model = models.WordPiece({p: i for i, p in enumerate(pieces)}, unk_token=UNKNOWN, max_input_chars_per_word=48)
    return _finish(tokeniser)


def byte_pairs(texts: Iterable[str], size: int) -> Tokenizer:
    """Byte-level pairs: no unknown character, cases and numbers kept."""
    tokeniser = Tokenizer(models.BPE())
    tokeniser.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokeniser.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        min_frequency=2,
        show_progress=False,
    )
    tokeniser.train_from_iterator(texts, trainer)
    return _finish(tokeniser)


def _finish(tokeniser: Tokenizer) -> Tokenizer:
    tokeniser.add_tokens([AddedToken(p, normalized=False, single_word=False) for p in PLACEHOLDERS])
    tokeniser.post_processor = processors.TemplateProcessing(
        single=f"{START} $A", special_tokens=[(START, tokeniser.token_to_id(START))]
    )
    return tokeniser
