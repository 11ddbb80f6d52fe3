"""OpenFGA as it says itself: who has which relation, worked out by trying everything until nothing changes.

Slow and obvious; shares nothing with the importer but the records of a model. A relation is no, unknown or yes:
unknown is a condition without an answer, and OpenFGA answers such a check with an error.
"""

from collections.abc import Callable, Mapping, Sequence

from ambit.reasoning.importers.openfga.words import (
    Computed,
    Difference,
    From,
    Intersection,
    Model,
    Node,
    Rewrite,
    This,
    Tuple,
    Union,
)

NO, UNKNOWN, YES = 0, 1, 2
Condition = Callable[[Mapping[str, object]], "bool | None"]


class Reference:
    """A model with tuples, and its conditions as functions of their parameters."""

    def __init__(self, model: Model, tuples: Sequence[Tuple], conditions: Mapping[str, Condition]):
        self.model, self.tuples, self.conditions = model, tuples, conditions
        self.objects = sorted({(t.type, t.id) for t in tuples} | {(t.user_type, t.user_id) for t in tuples})
        nodes = list(model.nodes())
        reach: dict[Node, set[Node]] = {node: set(self._refers(node, self._rewrite(node))) for node in nodes}
        for middle in nodes:
            for start in nodes:
                if middle in reach[start]:
                    reach[start] |= reach[middle]
        self.reach = reach
        self.order = sorted(nodes, key=lambda node: len(reach[node] | {node}))

    def _rewrite(self, node: Node) -> Rewrite:
        return self.model.types[node[0]].relations[node[1]].rewrite

    def _refers(self, node: Node, rewrite: Rewrite) -> list[Node]:
        if isinstance(rewrite, Union | Intersection):
            return [found for part in rewrite.parts for found in self._refers(node, part)]
        if isinstance(rewrite, Difference):
            return self._refers(node, rewrite.base) + self._refers(node, rewrite.minus)
        if isinstance(rewrite, Computed):
            return [(node[0], rewrite.relation)]
        relations = self.model.types[node[0]].relations
        if isinstance(rewrite, From):
            led = [(ref.type, rewrite.relation) for ref in relations[rewrite.tupleset].refs]
            return [one for one in led if self.model.relation(one)]
        return [(ref.type, ref.relation) for ref in relations[node[1]].refs if ref.relation]

    def is_ill(self, node: Node) -> bool:
        """Whether it depends on a relation that excludes itself: then there is no answer to be right about."""
        return any(
            other in self.reach[used]
            for other in self.reach[node] | {node}
            for used in self._excluded(other, self._rewrite(other))
        )

    def _excluded(self, node: Node, rewrite: Rewrite) -> list[Node]:
        if isinstance(rewrite, Union | Intersection):
            return [found for part in rewrite.parts for found in self._excluded(node, part)]
        if isinstance(rewrite, Difference):
            return self._refers(node, rewrite.minus) + self._excluded(node, rewrite.base)
        return []

    def held(self, user: tuple[str, str], request: Mapping[str, object]) -> set[tuple[Node, str]]:
        """What a user surely has."""
        table: dict[tuple[Node, str], int] = {}
        done: list[Node] = []
        for node in self.order:
            together = [
                other
                for other in self.order
                if node == other or (other in self.reach[node] and node in self.reach[other])
            ]
            if node in done:
                continue
            done += together
            for _ in range(3 * len(together) * len(self.objects) + 1):
                before = dict(table)
                for other in together:
                    for kind, name in self.objects:
                        if kind == other[0]:
                            table[other, name] = self._value(
                                other, name, self._rewrite(other), user, request, table
                            )
                if table == before:
                    break
        return {key for key, value in table.items() if value == YES}

    def _value(
        self,
        node: Node,
        name: str,
        rewrite: Rewrite,
        user: tuple[str, str],
        request: Mapping[str, object],
        table: Mapping[tuple[Node, str], int],
    ) -> int:
        def of(part: Rewrite) -> int:
            return self._value(node, name, part, user, request, table)

        if isinstance(rewrite, Union):
            return max(of(part) for part in rewrite.parts)
        if isinstance(rewrite, Intersection):
            return min(of(part) for part in rewrite.parts)
        if isinstance(rewrite, Difference):
            return min(of(rewrite.base), YES - of(rewrite.minus))
        if isinstance(rewrite, Computed):
            return table.get(((node[0], rewrite.relation), name), NO)
        relation = rewrite.tupleset if isinstance(rewrite, From) else node[1]
        found = NO
        for one in self.tuples:
            if (one.type, one.id, one.relation) != (node[0], name, relation):
                continue
            if isinstance(rewrite, From):
                leads = table.get(((one.user_type, rewrite.relation), one.user_id), NO)
            elif one.user_relation:
                leads = table.get(((one.user_type, one.user_relation), one.user_id), NO)
            else:
                assert isinstance(rewrite, This)
                leads = YES if (one.user_type, one.user_id) in (user, (user[0], "*")) else NO
            found = max(found, min(leads, self._met(one, request)))
        return found

    def _met(self, one: Tuple, request: Mapping[str, object]) -> int:
        if not one.condition:
            return YES
        answer = self.conditions[one.condition]({**request, **one.context})
        return UNKNOWN if answer is None else YES if answer else NO
