"""What a bundle says of itself: the one file that names, measures and hashes all others."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from luodi.bundle.engine import Engine
from luodi.bundle.form import Precision
from luodi.data.clean import CLEANERS
from luodi.errors import BundleError
from luodi.language import t

#: Every file that a bundle may hold besides the manifest, with the most bytes it may have.
FILES = {
    "model.onnx": 2 << 30,
    "fast.onnx": 2 << 30,
    "tokenizer.json": 64 << 20,
    "calibration.json": 16 << 20,
    "report.json": 64 << 20,
    "recipe.yaml": 1 << 20,
    "card.md": 4 << 20,
    "report.html": 64 << 20,
}
#: What must be there to answer at all; the rest comes with the proof.
NEEDED = ("model.onnx", "tokenizer.json", "calibration.json")
MANIFEST = "manifest.json"
MANIFEST_BYTES = 1 << 20

_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Tier(_Strict):
    """One engine file that answers.

    Args:
        name: as answers bear it.
        file: the engine's.
        precision: its number format.
        engine: who runs it.
        least: for each head the probability that an answer has to exceed to stand; otherwise the next tier is asked.
            Empty for the last tier.
    """

    name: _Name = "model"
    file: Literal["model.onnx", "fast.onnx"] = "model.onnx"
    precision: Precision = "fp32"
    engine: Engine = "onnxruntime"
    least: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)


class Feeding(_Strict):
    """How texts become ids: cut at ``max_tokens``, filled up with ``pad_id``."""

    max_tokens: Annotated[int, Field(ge=1, le=65536)]
    pad_id: Annotated[int, Field(ge=0, le=1 << 24)]


class Limits(_Strict):
    """What is taken in: a text is cut after ``max_characters`` before it is split into pieces."""

    max_characters: Annotated[int, Field(ge=1, le=10_000_000)] = 20_000


class FileNote(_Strict):
    """Length and hash of one file."""

    sha256: _Sha256
    bytes: Annotated[int, Field(ge=0)]


class Contents(_Strict):
    """All that a manifest says but for its files.

    Args:
        name: of the bundle, without the ending.
        created: ISO date and time, handed in.
        luodi: version that wrote it.
        task: the heads, as ``Task.to_json`` gives them.
        feeding: how texts become ids.
        tiers: engine files, the one that answers first at the beginning.
        thresholds: for a head the probability that an answer has to exceed, otherwise it abstains; without one it
            always answers.
        limits: on what is taken in.
        clean: the cleaners that a text goes through before it is split into pieces, in order; the rows that it was
            made from went through the same.
        data: fingerprint of the rows it was made from.
    """

    name: _Name
    created: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}(T[0-9:.]+(Z|[+-]\d{2}:\d{2})?)?$")]
    luodi: _Name
    task: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=256)]
    feeding: Feeding
    tiers: Annotated[list[Tier], Field(min_length=1, max_length=2)] = Field(default_factory=lambda: [Tier()])
    thresholds: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    limits: Limits = Limits()
    clean: Annotated[tuple[_Name, ...], Field(max_length=16)] = ()
    data: Annotated[str, Field(max_length=200)] = ""

    @field_validator("task")
    @classmethod
    def _heads_are_heads(cls, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Check what every head has in common; the rest is for the head's own class."""
        names = [row.get("name") for row in rows]
        labels = [row.get("labels", ()) for row in rows]
        if not all(isinstance(name, str) for name in (*names, *(row.get("use") for row in rows))):
            raise ValueError("a head without use and name")
        if not all(isinstance(some, list | tuple) and all(isinstance(one, str) for one in some) for some in labels):
            raise ValueError("labels that are no list of texts")
        if any(len(set(some)) != len(some) for some in (names, *labels)):
            raise ValueError("a head or a label that stands there twice")
        return rows

    @field_validator("clean")
    @classmethod
    def _cleaners_are_known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what could not be done to a text: it would be answered as it is, and wrongly."""
        if foreign := [name for name in names if name not in CLEANERS]:
            msg = f"no cleaner is named {foreign[0]!r}"
            raise ValueError(msg)
        return names

    @model_validator(mode="after")
    def _thresholds_are_of_heads(self) -> Self:
        """Refuse a threshold for a head that there is not."""
        if foreign := sorted(set(self.thresholds) - {row["name"] for row in self.task}):
            msg = f"thresholds: there is no head {foreign[0]!r}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _tiers_are_in_order(self) -> Self:
        """Refuse tiers that cannot be told apart, that hand nothing over, or hand over to nobody."""
        for what in ("name", "file"):
            if len({getattr(tier, what) for tier in self.tiers}) != len(self.tiers):
                msg = f"tiers: a {what} that stands there twice"
                raise ValueError(msg)
        heads = {row["name"] for row in self.task}
        for place, tier in enumerate(self.tiers, start=1):
            if set(tier.least) != (heads if place < len(self.tiers) else set()):
                msg = f"tiers: {tier.name!r} needs a bound for each head unless it is the last"
                raise ValueError(msg)
        return self


class Manifest(Contents):
    """A whole ``manifest.json``; ``files`` lists every other file of the folder."""

    luodi_bundle: Literal[1] = 1
    files: dict[str, FileNote]

    @model_validator(mode="after")
    def _files_are_known(self) -> Manifest:
        for name, note in self.files.items():
            if name not in FILES:
                msg = f"files: {name!r} is no file of a bundle"
                raise ValueError(msg)
            if note.bytes > FILES[name]:
                msg = f"files: {name!r} may have {FILES[name]} bytes, not {note.bytes}"
                raise ValueError(msg)
        engines = {tier.file for tier in self.tiers}
        if missing := sorted({*NEEDED, *engines} - set(self.files)):
            msg = f"files: {', '.join(missing)} missing"
            raise ValueError(msg)
        if idle := sorted({name for name in self.files if name.endswith(".onnx")} - engines):
            msg = f"files: no tier answers by {idle[0]!r}"
            raise ValueError(msg)
        return self


def read_manifest(raw: bytes, *, place: str) -> Manifest:
    """Read and check the bytes of a ``manifest.json``.

    Raises:
        BundleError: it is no JSON, of another version, or a field is missing, foreign or out of range.
    """
    try:
        return Manifest.model_validate_json(raw)
    except ValidationError as faults:
        first = faults.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise BundleError(
            t("bundle: {place}: manifest.json cannot be trusted", place=place),
            found=f"{where}: {first['msg']}" if where else str(first["msg"]),
            fix=t("copy the bundle again from where it was built, or build it anew with this version"),
        ) from faults
