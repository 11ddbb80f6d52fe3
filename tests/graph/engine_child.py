"""A process that runs query texts on bare Oxigraph: for texts that may end it, and for outcomes to compare.

Reads one JSON list [text, base] a line and answers one JSON value a line: ["solutions", rows] or so, or
["syntax", message], ["error", message].
"""

import json
import sys

from pyoxigraph import NamedNode, Quad, QueryBoolean, QuerySolutions, Store

EX = "http://example.org/"


def outcome(store: Store, text: str, base: str | None) -> list[object]:
    try:
        result = store.query(text, base_iri=base)
        if isinstance(result, QueryBoolean):
            return ["boolean", bool(result)]
        if isinstance(result, QuerySolutions):
            names = [str(variable) for variable in result.variables]
            return ["solutions", names, sorted([str(term) for term in row] for row in result)]
        return ["graph", len(list(result))]
    except SyntaxError as error:
        return ["syntax", str(error)]
    except (OSError, RuntimeError, ValueError) as error:
        return ["error", str(error)]


def main() -> None:
    store = Store()
    for name in "abc":
        store.add(Quad(NamedNode(EX + name), NamedNode(EX + "p"), NamedNode(EX + "b"), NamedNode(EX + "g")))
        store.add(Quad(NamedNode(EX + name), NamedNode(EX + "p"), NamedNode(EX + "b")))
    for line in sys.stdin:
        text, base = json.loads(line)
        sys.stdout.write(json.dumps(outcome(store, text, base)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
