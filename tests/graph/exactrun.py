"""One run of the suite's cases in a process of its own: `python exactrun.py SORT SETTING CASES SEED`.

Prints one line of JSON: how many cases agreed, and what the first one that did not was. The package that it tries
is the one that its path leads to, which may be a copy with a weakness planted.
"""

import json
import sys
import tempfile
from pathlib import Path

from exactdice import Dice
from exactsetting import SETTINGS, Setting
from exactstage import Stage, drawn_story


def run(sort: str, setting: Setting, cases: int, seed: int) -> dict[str, object]:
    """Tells stories until so many cases agreed, or one did not."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), sort, setting, second=sys.maxsize)
        try:
            while stage.cases < cases:
                stage.tell(drawn_story(Dice(seed), setting))
                seed += 1
        except Exception as error:  # an engine that refuses what it answers in the reference is caught, too
            return {"cases": stage.cases, "caught": True, "seed": seed, "why": str(error)[:2000]}
        finally:
            stage.close()
    return {"cases": stage.cases, "caught": False, "seed": seed, "why": ""}


if __name__ == "__main__":
    sort, setting, cases, seed = sys.argv[1:]
    print(json.dumps(run(sort, SETTINGS[setting], int(cases), int(seed))))
