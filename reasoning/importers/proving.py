"""Whether an import does what it says: its rules pass the loader and the stranger test, its cases hold."""

from collections.abc import Callable

from ...graph.errors import AmbitError
from ...graph.rdf.parsing import name_blanks, read_rdf
from ...graph.views.calls import Worker
from ...graph.vocabulary import AMBIT
from ..cases import cases
from ..cases.trial import Trial
from ..rulebase import rules
from ..rulebase.review import mentioned, review
from ..rulebase.rules import Loaded
from .ruletext import says, typed
from .words import Import

_SITE = "urn:ambit:import:site"


def prove(made: Import, hire: Callable[[], Worker], *, jurisdiction: str) -> int:
    """How many expectations its cases hold, over its governance and a server in a jurisdiction.

    Raises `AmbitError` with the code `import-unproven` where a rule is refused or an expectation fails: then it
    must not be used.
    """
    shipped = rules.load([rules.SHIPPED])
    own = tuple(rules.parse(data.decode(), path) for path, data in made.files.items() if path.endswith(".rq"))
    ground = {
        f"urn:ambit:import:{path}": name_blanks(read_rdf(data, name=path, syntax="turtle"), path)
        for path, data in made.files.items()
        if path.endswith(".ttl")
    }
    ground[_SITE] = frozenset(
        {typed(_SITE, AMBIT.SERVER_SITE), says(_SITE, AMBIT.HAS_JURISDICTION, jurisdiction)}
    )
    files = [cases.read(data, path) for path, data in made.files.items() if path.endswith(".trig")]
    said = [triple for triples in ground.values() for triple in triples]
    shown = frozenset(rule for file in files for case in file.cases for rule in case.shows)
    reviewed = review(
        Loaded(own), lambda rule: True, lambda wanted: wanted - mentioned(said, wanted), shown, refuses=True
    )
    trial = Trial(Loaded((*shipped.rules, *reviewed.loaded.rules)), hire, ground)
    try:
        for refusal in (*reviewed.loaded.refused, *trial.refused):
            raise _unproven(f"a rule is refused: {refusal.message}")
        count = 0
        for file in files:
            verdict = trial.run(file)
            for failed in verdict.failed:
                raise _unproven(
                    f"`{file.path}`: case `{failed.case.name}` ({failed.case.note}): {failed.why}"
                )
            for problem in verdict.unshown:
                raise _unproven(problem.message)
            count += verdict.expectations
        return count
    finally:
        trial.close()


def _unproven(why: str) -> AmbitError:
    return AmbitError(
        f"the import is not what the input says: {why}",
        hint="nothing was written; please report the input",
        code="import-unproven",
    )
