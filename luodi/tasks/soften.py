"""Soft targets: how far a student's logits lie from its teacher's, each kind of head by its own measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from luodi.registry import register

if TYPE_CHECKING:
    from torch import Tensor


@register("softening", "classify")
@register("softening", "score")
@register("softening", "tag")
def one_of_several(said: Tensor, wanted: Tensor, *, temperature: float) -> Tensor:
    """Compares the probabilities of the labels, of which one is right.

    T^2 * KL(softmax(wanted / T) || softmax(said / T)), averaged over the rows; 0 where both agree. The square keeps
    the gradients as large at any temperature.

    Args:
        said: the student's logits, (N, K).
        wanted: the teacher's, (N, K).
        temperature: T; the higher, the more the labels that the teacher holds for unlikely count.

    Returns:
        A scalar; 0 of no rows.

    Source: Hinton et al. 2015, arXiv:1503.02531, section 2.
    """
    from torch.nn.functional import kl_div

    log_said = (said.float() / temperature).log_softmax(-1)
    log_wanted = (wanted.float() / temperature).log_softmax(-1)
    total = kl_div(log_said, log_wanted, reduction="sum", log_target=True)
    return total * temperature**2 / max(len(said), 1)


@register("softening", "match")
@register("softening", "multilabel")
def each_by_itself(said: Tensor, wanted: Tensor, *, temperature: float) -> Tensor:
    """Compares the probability of each label, of which any number is right.

    As ``one_of_several``, over sigmoid(wanted / T) of each label for itself; summed over labels, averaged over rows.
    """
    from torch.nn.functional import binary_cross_entropy_with_logits as entropy

    cool, goal = wanted.float() / temperature, (wanted.float() / temperature).sigmoid()
    total = entropy(said.float() / temperature, goal, reduction="sum") - entropy(cool, goal, reduction="sum")
    return total * temperature**2 / max(len(said), 1)


@register("softening", "retrieve")
def where_vectors_point(said: Tensor, wanted: Tensor, *, temperature: float) -> Tensor:
    """Compares the directions of the vectors of both texts of a pair.

    The squared distance of the vectors at length 1, that is 2 - 2 cos, summed over the two texts, averaged over the
    rows. The temperature means nothing here.

    Args:
        said: the student's vectors side by side, (N, 2 width).
        wanted: the teacher's, (N, 2 width).
        temperature: passed over.

    Source: Reimers and Gurevych 2020, arXiv:2004.09813, section 2 (a student whose vectors are to be its teacher's).
    """
    from torch.nn.functional import cosine_similarity

    both = said.float().reshape(len(said), 2, -1), wanted.float().reshape(len(wanted), 2, -1)
    return (2 - 2 * cosine_similarity(*both, dim=-1)).sum() / max(len(said), 1)
