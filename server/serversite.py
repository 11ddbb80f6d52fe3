"""Which of the sites is the server's own: read from the workspace's governance before anything runs."""

from ..graph.errors import AmbitError
from ..graph.terms import NamedNode
from ..graph.vocabulary import AMBIT, RDF, node
from ..reasoning.governance import governance
from .workspace import Workspace


def server_site(workspace: Workspace) -> tuple[str, frozenset[str]]:
    """The site and its jurisdictions.

    Without one nobody reads anything: the empty name is no site.
    """
    for path in sorted(workspace.governance.glob("*.ttl")):
        try:
            record = governance.governance_record(path)
        except AmbitError:
            continue
        triples = [triple for graph in record.graphs for triple in graph.triples]
        for triple in triples:
            if (
                triple.predicate == node(RDF.TYPE)
                and triple.object == node(AMBIT.SERVER_SITE)
                and isinstance(triple.subject, NamedNode)
            ):
                spaces = {
                    t.object.value
                    for t in triples
                    if t.subject == triple.subject
                    and t.predicate == node(AMBIT.HAS_JURISDICTION)
                    and isinstance(t.object, NamedNode)
                }
                return triple.subject.value, frozenset(spaces)
    return "", frozenset()
