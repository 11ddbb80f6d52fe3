"""Saves as Protégé makes them, and as other programs do: good ones, broken ones, overtaken ones."""

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from ambit.graph.terms import Triple
from ambit.graph.vocabulary import AMBIT
from ambit.reasoning.ontologies.ontologies import ontology_record, public_label

LABEL = public_label({AMBIT.EU})
OLD = 1_000_000_000
CATALOG = (
    '<?xml version="1.0"?><catalog prefer="public" xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog"/>'
)


def turtle(name: str, classes: list[int]) -> str:
    """Every line ends a statement: whatever is cut off at its end reads well, and says less."""
    lines = [f"<http://x.example/{name}> a <http://www.w3.org/2002/07/owl#Ontology> ."]
    lines += [f"<http://x.example/{name}#C{n}> a <http://www.w3.org/2002/07/owl#Class> ." for n in classes]
    return "\n".join(lines) + "\n"


def rdfxml(name: str, classes: list[int]) -> str:
    said = "".join(f'<owl:Class rdf:about="http://x.example/{name}#C{n}"/>\n' for n in classes)
    return (
        '<?xml version="1.0"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns:owl="http://www.w3.org/2002/07/owl#">\n<owl:Ontology rdf:about="http://x.example/{name}"/>\n'
        f"{said}</rdf:RDF>\n"
    )


def owlxml(name: str, classes: list[int]) -> str:
    said = "".join(f'<Declaration><Class IRI="#C{n}"/></Declaration>\n' for n in classes)
    iri = f"http://x.example/{name}"
    return f'<?xml version="1.0"?>\n<Ontology xmlns="http://www.w3.org/2002/07/owl#" xml:base="{iri}" ontologyIRI="{iri}">\n{said}</Ontology>\n'


@dataclass
class Protege:
    """One program with one ontology open. `good` are the contents of its good saves, in order.

    `taken` waits until the last good one is in force: it is called before a broken save, for what is overwritten
    before anybody could read it is nobody's last good version.
    """

    path: Path
    seed: int
    say: Callable[[str], None]
    taken: Callable[[frozenset[Triple]], None]
    good: list[frozenset[Triple]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def save(self, number: int) -> bool:
        """One save, of a random kind; whether it was a good one."""
        chance, began = self._chance, time.monotonic()
        classes = sorted(chance.sample(range(1000), chance.randint(1, 60)))
        write = chance.choice((turtle, turtle, rdfxml, owlxml))
        text = write(self.path.stem, classes)
        kind = chance.choices(("stream", "replace", "broken"), (6, 2, 2))[0]
        if kind == "broken":
            if self.good:
                self.taken(self.good[-1])
            text = text[: chance.randint(1, len(text) - 2)].rstrip() + chance.choice(
                (" <oops", "\n@@@", ' "')
            )
        else:
            self.good.append(ontology_record(self.path, LABEL, text.encode()).graphs[0].triples)
        pauses = self._replace(text) if kind == "replace" else self._stream(text)
        (self.path.parent / "catalog-v001.xml").write_text(CATALOG)
        self.say(
            f"{self.path.name} {number:3} {kind:7} {write.__name__:6} {len(classes):2} classes, {len(text):5} bytes, "
            f"{pauses} pauses, {time.monotonic() - began:.2f} s"
        )
        return kind != "broken"

    def _stream(self, text: str) -> int:
        """Truncates the file and streams into it, with pauses longer than any program's patience; an old time at last."""
        pauses = 0
        with self.path.open("w") as file:
            for piece in _pieces(text, self._chance):
                if self._chance.random() < 0.5:
                    time.sleep(self._chance.choice((0.01, 0.07, 0.3)))
                    pauses += 1
                file.write(piece)
                file.flush()
        os.utime(self.path, (OLD, OLD))
        return pauses

    def _replace(self, text: str) -> int:
        beside = self.path.with_suffix(".tmp")
        beside.write_text(text)
        beside.replace(self.path)
        return 0


def _pieces(text: str, chance: random.Random) -> list[str]:
    """A text in a few pieces; half of the cuts are between lines, where nothing looks amiss."""
    cuts = {0, len(text)}
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        cuts.add(text.find("\n", at) + 1 if chance.random() < 0.5 else at)
    places = sorted(cuts)
    return [text[a:b] for a, b in pairwise(places)]
