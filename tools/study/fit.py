"""Lines through costs: T(n) = a + b n, and what doing n at once is worth."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Fit:
    """Of the cost of n things done at once: `a` for the trip, `b` for each."""
    a: float
    b: float
    error: float        # the largest relative distance of a point from the line

    def break_even(self, single):
        """From how many on it costs less than as many single ones; None: never."""
        return self.a / (single - self.b) if single > self.b else None

    def share_point(self, single, share=0.9):
        """
        How many at once give that share of all there is to gain. One single thing costs `single`, one of
        n costs a / n + b, and one of very many b: the gain at n is (single - a / n - b) / (single - b).
        """
        return self.a / ((1 - share) * (single - self.b)) if single > self.b else None


def line(points):
    """The Fit for [(n, cost)]: least squares of relative distances, so that no size rules the others."""
    weights = [1 / cost ** 2 for _, cost in points]
    total = sum(weights)
    n_mean = sum(w * n for w, (n, _) in zip(weights, points)) / total
    cost_mean = sum(w * cost for w, (_, cost) in zip(weights, points)) / total
    b = sum(w * (n - n_mean) * (cost - cost_mean) for w, (n, cost) in zip(weights, points)) \
        / sum(w * (n - n_mean) ** 2 for w, (n, _) in zip(weights, points))
    a = cost_mean - b * n_mean
    return Fit(a, b, max(abs(a + b * n - cost) / cost for n, cost in points))
