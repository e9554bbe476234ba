"""The forms in which a model's numbers may ship: how products and embeddings are written, and what is kept in fp32."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from luodi.bundle.constants import Constants, replace_all
from luodi.bundle.embeddings import EMBEDDINGS
from luodi.bundle.products import PRODUCTS, product_name
from luodi.runtime import has_vnni, need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from luodi.bundle.ranges import Ranges

#: The names of forms, as a recipe and a manifest bear them: how products are written, then 4-bit embeddings.
Precision = Literal[
    "fp32",
    "int8", "int8-7bit", "int8-static", "int8-static-7bit", "int8-weights",
    "int8-emb4", "int8-7bit-emb4", "int8-static-emb4", "int8-static-7bit-emb4", "int8-weights-emb4",
]  # fmt: skip
_FOUR = "-emb4"


@dataclass(frozen=True)
class Form:
    """How the numbers of a model are written.

    Args:
        products: a name from ``PRODUCTS``: how products with constant matrices are computed.
        embeddings: a name from ``EMBEDDINGS``: how tables of vectors are kept.
        kept: products that stay as they are, by the names that ``products_of`` gives.
    """

    products: str = "fp32"
    embeddings: str = "fp32"
    kept: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name that it bears in a recipe.

        >>> Form("int8-static", "int4").name
        'int8-static-emb4'
        """
        return self.products + (_FOUR if self.embeddings == "int4" else "")

    @property
    def needs_ranges(self) -> bool:
        """Whether it is written from the ranges of what goes into each product."""
        return self.products.startswith("int8-static")

    @property
    def is_integer(self) -> bool:
        """Whether its products are computed in integers."""
        return self.products not in ("fp32", "int8-weights")


def _form(name: str) -> Form:
    if name == "fp32":
        return Form()
    return Form(name.removesuffix(_FOUR), "int4" if name.endswith(_FOUR) else "int8")


#: Every form by its name; the first is what the others are measured against. All answer alike on every processor, so a
#: bundle may be built on one and run on another.
FORMS: Mapping[str, Form] = {name: _form(name) for name in get_args(Precision)}


def worth_measuring() -> list[str]:
    """Name the forms that may be the fastest on this processor: 7 bits gain nothing where there is VNNI.

    Embeddings do not change the speed; 4-bit ones are tried on what wins.
    """
    return [name for name in FORMS if not name.endswith(_FOUR) and not ("7bit" in name and has_vnni())]


def write_form(fp32: bytes, form: Form, *, ranges: Ranges | None = None) -> bytes:
    """Write an exported model in a form: look-ups and products with constant matrices are replaced, the heads are not.

    Args:
        fp32: the file that ``export`` made.
        form: how its numbers are written.
        ranges: of what goes into each product; needed where the form says so.

    Returns:
        The bytes of an ONNX file; the same every time.
    """
    if form == Form():
        return fp32
    onnx = need("onnx", extra="train")
    model = onnx.load_model_from_string(fp32)
    graph = model.graph
    constants = Constants(graph, ranges=ranges or {})
    look_up, multiply = EMBEDDINGS[form.embeddings], PRODUCTS[form.products]
    nodes: list[Any] = []
    for node in graph.node:
        if node.op_type == "Gather" and constants.has_matrix(node.input[0]):
            nodes += look_up(node, constants)
        elif _is_product(node, constants) and product_name(node) not in form.kept:
            nodes += multiply(node, constants)
        else:
            nodes.append(node)
    replace_all(graph.node, nodes)
    constants.put_into(graph)
    if any(node.domain for node in nodes) and not any(opset.domain for opset in model.opset_import):
        model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
    raw: bytes = model.SerializeToString(deterministic=True)
    return raw


def products_of(fp32: bytes) -> dict[str, str]:
    """Give the products of an exported model that a form may replace, as they are computed: name -> what goes in."""
    graph = need("onnx", extra="train").load_model_from_string(fp32).graph
    constants = Constants(graph, ranges={})
    return {product_name(node): str(node.input[0]) for node in graph.node if _is_product(node, constants)}


def _is_product(node: Any, constants: Constants) -> bool:
    return node.op_type == "MatMul" and constants.has_matrix(node.input[1])
