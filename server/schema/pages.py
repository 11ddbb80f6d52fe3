"""What one operation asks of a connection, and the finished connection."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .classifying import Classifying
from .model import EntityType
from .reading import Level, Tree
from .selection import TEXTS, Classify, Details, Selecting, Shapes
from .wanted import Wanted, together

Part = tuple[str, str]  # response key and field name


@dataclass(frozen=True, slots=True)
class Page:
    """Response keys in order, and what stands under those that hold more than a value."""

    kind: EntityType
    parts: tuple[Part, ...]
    nodes: Mapping[str, Shapes]
    edges: Mapping[str, tuple[Part, ...]]
    edge_nodes: Mapping[tuple[str, str], Shapes]
    infos: Mapping[str, tuple[Part, ...]]
    classify: Mapping[str, Classify]

    @property
    def counts(self) -> bool:
        """Whether the number of all is asked for."""
        return any(name == "totalCount" for _, name in self.parts)

    @property
    def reads(self) -> bool:
        """Whether the page itself is."""
        return any(name not in ("totalCount", "__typename") for _, name in self.parts)

    @property
    def wanted(self) -> Wanted:
        """All that must be read of its entities."""
        shapes = [shapes.wanted for shapes in (*self.nodes.values(), *self.edge_nodes.values())]
        return together([*shapes, Wanted(several=frozenset(TEXTS))] if self.classify else shapes)

    def tree(
        self,
        level: Level,
        trees: Callable[[Shapes], dict[str, Tree]],
        cursor: Callable[[str], str],
        classifying: Classifying,
        count: tuple[bool, bool, int],
    ) -> Tree:
        """The finished connection; `count`: whether more stand behind, whether before, how many in all."""
        more, before, total = count
        iris = list(level.said)
        made: Tree = {}
        for key, name in self.parts:
            if name == "nodes":
                made[key] = list(trees(self.nodes[key]).values())
            elif name == "edges":
                nodes = {
                    part: trees(shapes) for (edge, part), shapes in self.edge_nodes.items() if edge == key
                }
                made[key] = [self._edge(key, iri, nodes, cursor) for iri in iris]
            elif name == "pageInfo":
                info = {
                    "__typename": "PageInfo",
                    "hasNextPage": more,
                    "hasPreviousPage": before,
                    "startCursor": cursor(iris[0]) if iris else None,
                    "endCursor": cursor(iris[-1]) if iris else None,
                }
                made[key] = {part: info[field] for part, field in self.infos[key]}
            elif name == "classify":
                made[key] = None
                classifying.want(made, self.classify[key], list(level.said.items()))
            else:
                made[key] = total if name == "totalCount" else f"{self.kind.name}Connection"
        return made

    def _edge(
        self, key: str, iri: str, nodes: Mapping[str, Mapping[str, Tree]], cursor: Callable[[str], str]
    ) -> Tree:
        edge: Tree = {}
        for part, name in self.edges[key]:
            if name == "node":
                edge[part] = nodes[part][iri]
            else:
                edge[part] = cursor(iri) if name == "cursor" else f"{self.kind.name}Edge"
        return edge


def asked(selecting: Selecting, kind: EntityType, details: Details) -> Page:
    """What `details` select on the connection of `kind`."""
    owner, grouped = selecting.fields(f"{kind.name}Connection", details)
    nodes: dict[str, Shapes] = {}
    edges: dict[str, tuple[Part, ...]] = {}
    edge_nodes: dict[tuple[str, str], Shapes] = {}
    infos: dict[str, tuple[Part, ...]] = {}
    classify: dict[str, Classify] = {}
    for key, below in grouped.items():
        name = below[0].node.name.value
        if name == "nodes":
            nodes[key] = selecting.shapes(kind.iri, below)
        elif name == "edges":
            _, parts = selecting.fields(f"{kind.name}Edge", below)
            edges[key] = _parts(parts)
            edge_nodes |= {
                (key, part): selecting.shapes(kind.iri, inner)
                for part, inner in parts.items()
                if inner[0].node.name.value == "node"
            }
        elif name == "pageInfo":
            infos[key] = _parts(selecting.fields("PageInfo", below)[1])
        elif name == "classify":
            labels = selecting.arguments(owner, below)["labels"]
            classify[key] = Classify(key, tuple(labels), selecting.classification(below))
    return Page(kind, _parts(grouped), nodes, edges, edge_nodes, infos, classify)


def _parts(grouped: Mapping[str, Details]) -> tuple[Part, ...]:
    return tuple((key, below[0].node.name.value) for key, below in grouped.items())
