"""Likelihoods in 60 digits, written straight from the papers: the judge of the fast ones."""

import mpmath as mp
import numpy as np

DIGITS = 60


def bg_log_likelihood(x, t_x, T, r, alpha, a, b, first=0):
    """Fader, Hardie & Lee (2005), eq. 6; with `first` the MBG/NBD of Batislam et al. (2007)."""
    x, t_x, T, r, alpha, a, b = map(mp.mpf, (x, t_x, T, r, alpha, a, b))
    alive = log_beta(a, b + x + first) - log_beta(a, b) - (r + x) * mp.log(alpha + T)
    total = mp.exp(0)
    if first or x > 0:
        left = log_beta(a + 1, b + x - 1 + first) - log_beta(a, b) - (r + x) * mp.log(alpha + t_x)
        total = 1 + mp.exp(left - alive)
    return mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha) + alive + mp.log(total)


def pareto_log_likelihood(x, t_x, T, r, alpha, s, beta):
    """Schmittlein, Morrison & Colombo (1987), by the 2F1."""
    x, t_x, T, r, alpha, s, beta = map(mp.mpf, (x, t_x, T, r, alpha, s, beta))
    p = r + x

    def log_both(t):
        return -p * mp.log(alpha + t) - s * mp.log(beta + t)

    left = log_both(t_x) + mp.log(share(t_x, p, alpha, s, beta))
    stayed = log_both(T) + mp.log(share(T, s, beta, p, alpha))
    constant = mp.loggamma(p) - mp.loggamma(r) + r * mp.log(alpha) + s * mp.log(beta)
    high = max(left, stayed)
    return constant + high + mp.log(mp.exp(left - high) + mp.exp(stayed - high))


def share(t, p, alpha, s, beta):
    """s times the integral over y > 0 of e^(-sy) [(alpha+t)/(alpha-beta+(beta+t)e^y)]^p."""
    z = (alpha - beta) / (alpha + t)
    try:
        if z < 0:  # by Pfaff: for large s mpmath's own way to continue it cancels for seconds
            return s / (p + s) / (1 - z) * mp.hyp2f1(1, s + 1, p + s + 1, z / (z - 1))
        return s / (p + s) * mp.hyp2f1(1, p, p + s + 1, z)
    except ValueError:  # the 2F1 did not converge in 60 digits: integrate
        edges = [0, *(mp.mpf(10) ** k for k in range(-7, 7)), mp.inf]
        return s * mp.quad(
            lambda y: mp.exp(-s * y) * ((alpha + t) / (alpha - beta + (beta + t) * mp.exp(y))) ** p, edges
        )


def log_beta(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def derivatives(of, at):
    """Slopes (n,) and bends (n, n) of a smooth function at a point, by differences in the digits at work.

    Steps are 1e-10 of each coordinate: of 40 digits at work, slopes and bends keep about 18.
    """
    steps = [max(abs(each), mp.mpf("1e-3")) * mp.mpf("1e-10") for each in at]
    n = len(at)

    def moved(*by):  # by: (coordinate, sign) pairs
        there = list(at)
        for i, sign in by:
            there[i] += sign * steps[i]
        return of(*there)

    here = of(*at)
    up, down = ([moved((i, sign)) for i in range(n)] for sign in (1, -1))
    slopes = [(up[i] - down[i]) / (2 * steps[i]) for i in range(n)]
    bends = np.empty((n, n))
    for i in range(n):
        bends[i, i] = (up[i] - 2 * here + down[i]) / steps[i] ** 2
        for j in range(i):
            both = moved((i, 1), (j, 1)) + moved((i, -1), (j, -1))
            mixed = both - up[i] - down[i] - up[j] - down[j] + 2 * here
            bends[i, j] = bends[j, i] = mixed / (2 * steps[i] * steps[j])
    return np.array(slopes, float), bends


def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_history(rng, most_purchases, oldest):
    """x log-uniform (a fifth are 0), T log-uniform whole days, t_x anywhere before T."""
    T = int(log_uniform(rng, 1, oldest))
    if rng.random() < 0.2:
        return 0, 0, T
    return int(log_uniform(rng, 1, most_purchases)), int(rng.integers(1, T + 1)), T
