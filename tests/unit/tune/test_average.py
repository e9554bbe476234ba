"""The average is what its formula says, and putting it in place changes nothing for good."""

import numpy as np
import torch

from luodi.tune.average import POWER, Average


def walk(network, steps, *, seed=3):
    """Move the weights at random, so many steps; give every position of the first one."""
    generator = torch.Generator().manual_seed(seed)
    weights = list(network.parameters())
    with torch.no_grad():
        for _ in range(steps):
            for weight in weights:
                weight.add_(torch.randn(weight.shape, generator=generator))
            yield weights[0].detach().clone().numpy()


def test_each_step_weighs_as_its_number_to_the_power():
    network = torch.nn.Linear(3, 2)
    average, positions = Average(network), []
    for step, position in enumerate(walk(network, 200), 1):
        average.take(step)
        positions.append(position)
    number = np.arange(1, 201)
    weights = number ** (POWER + 1.0) - (number - 1) ** (POWER + 1.0)  # the integral of t^POWER over each step
    expected = np.tensordot(weights / weights.sum(), np.array(positions, np.float64), axes=1)
    np.testing.assert_allclose(average.tensors["weight"].numpy(), expected, rtol=1e-4, atol=1e-4)


def test_the_first_step_is_the_average_of_itself():
    network = torch.nn.Linear(3, 2)
    average = Average(network)
    next(walk(network, 1))
    average.take(1)
    assert torch.equal(average.tensors["weight"], network.weight)


def test_in_place_means_for_the_time_being():
    network = torch.nn.Linear(3, 2)
    average = Average(network)
    for step, _ in enumerate(walk(network, 5), 1):
        average.take(step)
    learned = network.weight.detach().clone()
    with average.in_place():
        assert torch.equal(network.weight, average.tensors["weight"])
        assert not torch.equal(network.weight, learned)
    assert torch.equal(network.weight, learned)
    average.settle()
    assert torch.equal(network.weight, average.tensors["weight"])


def test_weights_that_do_not_learn_are_left_alone():
    network = torch.nn.Linear(3, 2)
    network.bias.requires_grad_(False)
    assert set(Average(network).tensors) == {"weight"}
