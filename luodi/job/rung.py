"""One step of the ladder: what is done to the recipe's model to make a cheaper one of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from luodi.language import t
from luodi.models.layers import layers_of

if TYPE_CHECKING:
    from luodi.models.model import Model

#: The name of the recipe's own model among the candidates.
TEACHER = "teacher"
#: The share of texts that a fast tier may answer otherwise than the model behind it, where the ladder puts two
#: together.
RISK = 0.01


@dataclass(frozen=True)
class Rung:
    """A candidate, by what follows the recipe's own stages.

    Args:
        name: as the report calls it.
        stages: blocks as a recipe holds them; none for the recipe's own model.
        cascade: as in a recipe.
    """

    name: str
    stages: tuple[Mapping[str, Any], ...] = ()
    cascade: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {"name": self.name, "stages": [dict(one) for one in self.stages], "cascade": self.cascade}


def read_rungs(blocks: Sequence[Any]) -> list[Rung]:
    """Read the candidates that a recipe names itself, the cheapest first.

    Raises:
        ValueError: one is no block with stages.
    """
    rungs = []
    for block in blocks:
        stages = block.get("stages") if isinstance(block, Mapping) else None
        if not isinstance(stages, list) or not stages or not all(isinstance(one, str | Mapping) for one in stages):
            raise ValueError(t("rungs: {found!r} is no block with stages", found=block))
        if foreign := set(block) - {"name", "stages", "cascade"}:
            raise ValueError(t("rungs: a block has name, stages and cascade, not {found}", found=", ".join(foreign)))
        whole = tuple({"use": one} if isinstance(one, str) else one for one in stages)
        rungs.append(Rung(str(block.get("name") or _called(whole)), whole, block.get("cascade")))
    names = [TEACHER, *(rung.name for rung in rungs)]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(t("rungs: the name {name!r} is taken", name=twice))
    return rungs


def default_rungs(model: Model) -> list[Rung]:
    """Give what is worth trying of a model, the cheapest promising first.

    A bag of token vectors; fewer layers, a sixth, a third and a half of them; and the bag before each of these and
    before the model itself, which answers what the bag is not sure of.
    """
    n_layers = len(layers_of(model.network.encoder))
    fewer = sorted({n for n in (round(n_layers / 6), round(n_layers / 3), round(n_layers / 2)) if 0 < n < n_layers})
    bag = {"use": "bag"}
    small = [(t("{n} layers", n=n), ({"use": "distill", "layers": n},)) for n in fewer]
    rungs = [Rung("bag", (bag,))]
    for name, stages in small:
        rungs += [Rung(f"bag + {name}", (*stages, bag), RISK), Rung(name, stages)]
    return [*rungs, Rung(f"bag + {TEACHER}", (bag,), RISK)]


def _called(stages: Sequence[Mapping[str, Any]]) -> str:
    """Name a candidate by its stages and what they set."""
    words = [
        " ".join([str(one.get("use")), *(f"{key}={value}" for key, value in one.items() if key != "use")])
        for one in stages
    ]
    return ", ".join(words)
