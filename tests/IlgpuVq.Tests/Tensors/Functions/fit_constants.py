"""Fits the constants of src/Tensor/Functions and prints them. Needs mpmath.

Each is a minimax approximation: Remez's exchange on a grid. Its coefficients are rounded to 32 bits and moved from there. A
quotient is fitted as a polynomial whose denominator is that of the round before (Loeb's iteration).
"""
import struct
from math import frexp

from mpmath import cos, erfc, exp, log, matrix, mp, mpf, pi, lu_solve, sin, sqrt, tanh

mp.prec = 160
POINTS = 1500


def to_float(x):
    return struct.unpack("f", struct.pack("f", float(x)))[0]


def unit(x):
    """The unit in the last place of 24 bits."""
    return 2.0 ** (frexp(x)[1] - 24)


def grid(low, high):
    """Chebyshev points: dense where errors of the largest size lie."""
    return [(low + high) / 2 - (high - low) / 2 * cos(pi * i / (POINTS - 1)) for i in range(POINTS)]


def remez(basis, target):
    """Coefficients c with the smallest max |target - sum c * basis|; rows of basis are points."""
    count = len(basis[0])
    picked = [round(i * (len(target) - 1) / count) for i in range(count + 1)]
    for _ in range(60):
        a = matrix(count + 1, count + 1)
        b = matrix(count + 1, 1)
        for row, point in enumerate(picked):
            for j in range(count):
                a[row, j] = basis[point][j]
            a[row, count] = (-1) ** row
            b[row] = target[point]
        solution = lu_solve(a, b)
        c = [solution[j] for j in range(count)]
        error = [t - sum(x * y for x, y in zip(c, row)) for t, row in zip(target, basis)]
        # The largest error of each run of one sign; of more runs than needed, the smaller end goes.
        runs = []
        for point, e in enumerate(error):
            if runs and (e >= 0) == (error[runs[-1]] >= 0):
                if abs(e) > abs(error[runs[-1]]):
                    runs[-1] = point
            else:
                runs.append(point)
        while len(runs) > count + 1:
            runs.pop(0 if abs(error[runs[0]]) < abs(error[runs[-1]]) else -1)
        if len(runs) < count + 1 or runs == picked:
            break
        picked = runs
    return c, max(abs(e) for e in error)


def rounded(basis, target, c):
    """The same with coefficients of 32 bits: each moves by units in its last place, and so do any two, until none gains."""
    rows = [[float(x) for x in row] for row in basis]
    goal = [float(t) for t in target]
    c = [to_float(x) for x in c]
    error = [t - sum(x * y for x, y in zip(c, row)) for t, row in zip(goal, rows)]
    worst = max(map(abs, error))
    moves = [((j, s),) for j in range(len(c)) for s in (-64, -8, -1, 1, 8, 64)]
    moves += [(a[0], b[0]) for a in moves for b in moves if a[0][0] < b[0][0]]
    gains = True
    while gains:
        gains = False
        for move in moves:
            steps = [(j, s * unit(c[j])) for j, s in move]
            moved = [e - sum(d * row[j] for j, d in steps) for e, row in zip(error, rows)]
            if max(map(abs, moved)) < worst:
                error, worst, gains = moved, max(map(abs, moved)), True
                for j, d in steps:
                    c[j] += d
    return c, worst


def show(name, coefficients, error):
    print(f"{name}: relative error 2^{float(log(error, 2)):.1f}")
    print("   ", ", ".join(f"{float(c):.9g}f" for c in coefficients))


def polynomial(name, low, high, degree, known, factor, value, variable=lambda x: x):
    """value(x) = known(x) + factor(x) * p(variable(x)), with the smallest relative error."""
    points = [x for x in grid(mpf(low), mpf(high)) if value(x) != 0 and abs(x) > mpf(2) ** -40]
    target = [(value(x) - known(x)) / value(x) for x in points]
    basis = [[factor(x) * variable(x) ** k / value(x) for k in range(degree + 1)] for x in points]
    show(name, *rounded(basis, target, remez(basis, target)[0]))


def quotient(name, low, high, above, below, value):
    """value(x) = P(x) / Q(x) with Q(0) = 1."""
    points = grid(mpf(low), mpf(high))
    values = [value(x) for x in points]
    denominator = [mpf(1)] * len(points)
    basis = target = None
    for _ in range(30):
        basis = [[x ** k / (v * q) for k in range(above + 1)] + [-x ** k / q for k in range(1, below + 1)]
                 for x, v, q in zip(points, values, denominator)]
        target = [1 / q for q in denominator]
        c, error = remez(basis, target)
        denominator = [1 + sum(b * x ** (k + 1) for k, b in enumerate(c[above + 1:])) for x in points]
    c, error = rounded(basis, target, c)
    show(f"{name}, P", c[:above + 1], error)
    show(f"{name}, Q", [1.0] + c[above + 1:], error)


polynomial("exp: 1 + r + r^2 p(r)", -0.3475, 0.3475, 4, lambda r: 1 + r, lambda r: r * r, exp)
polynomial("log: f - f^2/2 + f^3 p(f)", sqrt(0.5) - 1, sqrt(2) - 1, 7, lambda f: f - f * f / 2, lambda f: f ** 3,
           lambda f: log(1 + f))
polynomial("tanh: x + x^3 p(x^2)", 0, 0.55, 4, lambda x: x, lambda x: x ** 3, tanh, lambda x: x * x)
turn = 2 * pi
polynomial("sine of a turn: 2 pi r + r^3 p(r^2)", 0, 0.126, 2, lambda r: turn * r, lambda r: r ** 3, lambda r: sin(turn * r),
           lambda r: r * r)
polynomial("cosine of a turn: 1 + r^2 p(r^2)", 0, 0.126, 3, lambda r: 1, lambda r: r * r, lambda r: cos(turn * r),
           lambda r: r * r)
quotient("normal tail: P(a) / Q(a)", 0, 14.5, 4, 5, lambda a: exp(a * a / 2) * erfc(a / sqrt(2)) / 2)
