"""The minimum of a function of many numbers by L-BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.4)."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

Vector = list[float]
Function = Callable[[Vector], tuple[float, Vector]]
_MEMORY: Final = 10
_DECREASE: Final = 1e-4
_SMALLEST_STEP: Final = 1e-6


def minimum(function: Function, start: Vector, *, steps: int, tolerance: float) -> Vector:
    """Where a function that gives its value and its gradient is least, as near as some steps come.

    It ends as well where a step lowers the value by less than `tolerance` of it.
    """
    at = start
    value, gradient = function(at)
    past: deque[tuple[Vector, Vector]] = deque(maxlen=_MEMORY)
    for step in range(steps):
        direction = _direction(gradient, past)
        size = 1.0 if past else 1 / max(1.0, _dot(gradient, gradient) ** 0.5)
        slope = _dot(gradient, direction)
        while True:
            there = [one + size * along for one, along in zip(at, direction, strict=True)]
            lower, its_gradient = function(there)
            if lower <= value + _DECREASE * size * slope or size < _SMALLEST_STEP:
                break
            size /= 2
        print(f"step {step + 1}: {lower:.2f}", flush=True)
        moved, turned = _minus(there, at), _minus(its_gradient, gradient)
        if _dot(moved, turned) > 0:
            past.append((moved, turned))
        is_done = value - lower < tolerance * abs(value)
        at, value, gradient = there, lower, its_gradient
        if is_done:
            break
    return at


def _direction(gradient: Vector, past: Sequence[tuple[Vector, Vector]]) -> Vector:
    direction = [-of for of in gradient]
    shares = []
    for moved, turned in reversed(past):
        share = _dot(moved, direction) / _dot(moved, turned)
        shares.append(share)
        direction = [one - share * other for one, other in zip(direction, turned, strict=True)]
    if past:
        moved, turned = past[-1]
        scale = _dot(moved, turned) / _dot(turned, turned)
        direction = [scale * of for of in direction]
    for (moved, turned), share in zip(past, reversed(shares), strict=True):
        more = share - _dot(turned, direction) / _dot(moved, turned)
        direction = [one + more * other for one, other in zip(direction, moved, strict=True)]
    return direction


def _dot(one: Vector, other: Vector) -> float:
    return sum(map(float.__mul__, one, other))


def _minus(one: Vector, other: Vector) -> Vector:
    return list(map(float.__sub__, one, other))
