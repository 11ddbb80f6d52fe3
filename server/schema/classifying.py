"""`classify` for a whole answer: what is asked anywhere is put to the model once for each set of labels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...graph.errors import AmbitError, Invalid
from .eyes import Eyes, Said, Score, Term
from .selection import TEXTS, Classify

LABELS = 50  # labels of one classification
LENGTH = 500  # characters of one label


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Where a classification goes: the tree, its field, and the entities that it speaks of."""

    tree: dict[str, object]
    field: Classify
    iris: tuple[str, ...]


class Classifying:
    """Collects what an operation wants classified, and fills it in at its end."""

    def __init__(self, eyes: Eyes):
        self._eyes = eyes
        self._wanted: list[_Wanted] = []
        self._texts: dict[tuple[str, ...], dict[str, Sequence[Said]]] = {}

    def want(
        self,
        tree: dict[str, object],
        field: Classify,
        entities: Sequence[tuple[str, Mapping[str, list[Term]]]],
    ) -> None:
        """Notes that `field` of `tree` shall hold what fits `entities`; raises `Invalid`."""
        if not 0 < len(field.labels) <= LABELS or any(len(label) > LENGTH for label in field.labels):
            raise Invalid(
                "`labels` are none, too many or too long",
                code="invalid-argument",
                hint=f"give 1 to {LABELS} labels of at most {LENGTH} characters",
            )
        tree[field.key] = None
        texts = self._texts.setdefault(field.labels, {})
        for iri, said in entities:
            if spoken := [Said(predicate, term) for predicate, term in _texts_of(said)]:
                texts[iri] = spoken
        self._wanted.append(_Wanted(tree, field, tuple(iri for iri, _ in entities)))

    def fill(self) -> list[AmbitError]:
        """Asks the model, fills in the answers, and returns what went wrong; its fields stay null."""
        errors: list[AmbitError] = []
        scored: dict[tuple[str, ...], Mapping[str, Sequence[Score]]] = {}
        for labels, texts in self._texts.items():
            try:
                scored[labels] = self._eyes.classify(texts, labels) if texts else {}
            except AmbitError as error:
                errors.append(error)
        for wanted in self._wanted:
            answers = scored.get(wanted.field.labels, {})
            if not wanted.iris or any(iri in answers for iri in wanted.iris):
                wanted.tree[wanted.field.key] = [
                    wanted.field.shape.of(iri, score.label, score.score)
                    for iri in wanted.iris
                    for score in answers.get(iri, ())
                ]
        return errors


def _texts_of(said: Mapping[str, list[Term]]) -> Iterator[tuple[str, Term]]:
    """What of an entity is read to a model: predicate and literal."""
    for predicate in TEXTS:
        terms = [term for term in said.get(predicate, ()) if term["type"] == "literal"]
        for term in sorted(terms, key=lambda term: (term["value"], term.get("xml:lang", ""))):
            yield predicate, term
