"""Writes what vector quantizers make of small inputs, from their formulas in PyTorch's double precision, for the tests of ours.

usage: python3 torch_vector.py > torch_vector.txt      (made with PyTorch 1.13)
Each line is: case | "begin" or pass | role | name | shape | numbers.
Roles: state (before the first pass; after each, of buffers), x, mask, u (d objective / d y), y, loss, ids, dx, dw (of a
parameter). The objective is y·u + loss. Random numbers are those of our generator, Philox: seed 7, the step that of the pass,
from 1.
"""
import math
import torch
from torch.nn import functional

torch.manual_seed(21)
N, D, K, SEED = 10, 3, 5, 7
MASK32, MASK64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF


def philox(seed, stream, index):
    """Philox4x32-10 (Salmon et al., SC 2011)."""
    x, y, z, w = index & MASK32, index >> 32, stream & MASK32, stream >> 32
    a, b = seed & MASK32, seed >> 32
    for _ in range(10):
        p, q = 0xD2511F53 * x, 0xCD9E8D57 * z
        x, y, z, w = (q >> 32) ^ y ^ a, q & MASK32, (p >> 32) ^ w ^ b, p & MASK32
        a, b = (a + 0x9E3779B9) & MASK32, (b + 0xBB67AE85) & MASK32
    return x, y, z, w


def stream_of(key):
    """FNV-1a."""
    code = 0xCBF29CE484222325
    for character in key:
        code = ((code ^ ord(character)) * 0x100000001B3) & MASK64
    return code


class Numbers:
    """The random numbers of a step."""

    def __init__(self, step):
        low, high, _, _ = philox(SEED, 0x5354455053454544, step)
        self.seed = low | (high << 32)

    def words(self, key, count):
        stream = stream_of(key)
        return [word for block in range((count + 3) // 4) for word in philox(self.seed, stream, block)][:count]

    def uniform(self, key, *shape):
        words = self.words(key, math.prod(shape))
        return torch.tensor([(word >> 8) / 2.0 ** 24 for word in words]).double().reshape(shape)

    def normal(self, key, *shape):
        words, numbers = self.words(key, math.prod(shape)), []
        for radius_word, angle_word in zip(words[::2], words[1::2]):
            radius = math.sqrt(-2 * math.log((radius_word + 0.5) / 2.0 ** 32))
            angle = 2 * math.pi * ((angle_word >> 8) / 2.0 ** 24 - 0.5)
            numbers += [radius * math.cos(angle), radius * math.sin(angle)]
        return torch.tensor(numbers).double().reshape(shape)

    def gumbel(self, key, *shape):
        return -torch.log(-torch.log(self.uniform(key, *shape)))

    def rows(self, key, rows, count, mask=None):
        """One row from each of equal parts, or parts of equal weight."""
        drawn = [philox(self.seed, stream_of(key), m)[0] for m in range(count)]
        if mask is None:
            ends = [(m * rows // count, (m + 1) * rows // count) for m in range(count)]
            return [first + (word * (end - first) >> 32) for (first, end), word in zip(ends, drawn)]
        sums = mask.cumsum(0)
        places = [(m + (word >> 8) / 2.0 ** 24) / count * sums[-1] for m, word in enumerate(drawn)]
        return [int((sums > place).nonzero()[0]) for place in places]


def draw(*shape):
    """Numbers that float32 holds, so that both sides begin with the same."""
    return (torch.rand(*shape) * 2 - 1).double()


def put(case, when, role, name, tensor):
    tensor = torch.as_tensor(tensor)
    shape = ",".join(str(length) for length in tensor.shape)
    digits = 9 if when == "begin" or role in ("x", "u") else 7
    numbers = " ".join(f"{value:.{digits}g}" for value in tensor.detach().double().reshape(-1).tolist())
    print(" | ".join((case, when, role, name, shape, numbers)))


def unit(x):
    return functional.normalize(x, dim=-1, eps=1e-6)


def rotation_trick(x, q):
    u, v = unit(x).detach(), unit(q).detach()
    w = unit(u + v)
    dot = lambda a, b: (a * b).sum(-1, keepdim=True)
    turned = x - 2 * dot(x, w) * w + 2 * dot(x, u) * v
    return turned * (q.norm(dim=-1, keepdim=True) / x.norm(dim=-1, keepdim=True)).detach()


def diveq(x, q, noise):
    direction = unit(q - x + math.sqrt(0.005) * noise).detach()
    return x + direction * (q - x).norm(dim=-1, keepdim=True)


def k_means(rows, means, spherical):
    for _ in range(10):
        ids = torch.cdist(rows, means).argmin(1)
        counts = torch.bincount(ids, minlength=len(means)).double()
        sums = torch.zeros_like(means).index_add(0, ids, rows)
        new = unit(sums) if spherical else sums / counts.clamp(min=1)[:, None]
        means = torch.where(counts[:, None] > 0, new, means)
    return means, counts


class Head:
    """One codebook."""

    def __init__(self, path="", rule="ema", cosine=False, ema="debiased", decay=0.9, estimator="straight", beta=0.25,
                 beta_on="commitment", commitment="mse", orthogonal=0, diversity=0, sample=0, start=None, revival=None,
                 threshold=0, mean=False):
        vars(self).update(locals())
        code = draw(K, D)
        if cosine:
            code = unit(code).float().double()
        self.code = code.requires_grad_(rule == "gradient")
        self.n = torch.full((K,), 1.0 if ema == "one" else 0.0).double()
        self.m = torch.zeros(K, D).double() if ema == "debiased" else code.clone()
        self.t = torch.zeros(()).double()
        self.started = torch.zeros(()).double()
        self.usage = torch.zeros(K).double()

    def parameters(self):
        return {self.path + "_embedding.weight": self.code} if self.rule == "gradient" else {}

    def buffers(self):
        named = {}
        if self.rule == "ema":
            named = {"_embedding.weight": self.code, "_ema_cluster_size": self.n, "_ema_w": self.m}
            if self.ema == "debiased":
                named["_ema_updates"] = self.t
        if self.revival == "usage":
            named["_usage"] = self.usage
        if self.start:
            named["_codebook_started"] = self.started
        return {self.path + name: tensor for name, tensor in named.items()}

    def codes(self):
        return unit(self.code) if self.cosine and self.rule == "gradient" else self.code

    def similarity(self, x):
        if self.cosine:
            return x @ self.codes().T
        codes = self.codes()
        squares = (x ** 2).sum(1)[:, None] + (codes ** 2).sum(1) - 2 * x @ codes.T
        return -squares.clamp(min=1e-8).sqrt()

    def begin(self, x, numbers):
        counts = torch.full((K,), len(x) / K).double()
        with torch.no_grad():
            codes = x[numbers.rows(self.path + "start", len(x), K)]
            if self.start == "kmeans":
                codes, counts = k_means(x, codes, self.cosine)
            self.code.copy_(codes)
        weight = 1 - self.decay if self.ema == "debiased" else 1
        self.n, self.m, self.t = weight * counts, weight * counts[:, None] * codes, torch.ones(()).double()
        self.started = torch.ones(()).double()

    def __call__(self, x, mask, numbers, training):
        if self.cosine:
            x = unit(x)
        kept = torch.ones(len(x)).bool() if mask is None else mask > 0
        x = torch.where(kept[:, None], x, torch.zeros(()).double())
        if self.start and training and not self.started:
            self.begin(x.detach(), numbers)
        similarity = self.similarity(x)
        choice = similarity
        if training and self.sample:
            choice = similarity / self.sample + numbers.gumbel(self.path + "choice", *similarity.shape)
        ids = choice.detach().argmax(1)
        q = torch.where(kept[:, None], self.codes()[ids], torch.zeros(()).double())

        if self.mean and q.requires_grad:
            chosen = torch.bincount(ids[kept], minlength=K).double()[ids]
            q.register_hook(lambda gradient: gradient / chosen.clamp(min=1)[:, None])

        # Means over the rows that count.
        error = lambda a, b: ((a - b) ** 2)[kept].mean()
        if self.commitment == "square-norm":
            error = lambda a, b: ((a - b) ** 2)[kept].norm(dim=1).mean()
        commit = error(x, q.detach())
        if self.commitment == "cross-entropy":
            commit = functional.cross_entropy(similarity[kept], ids[kept])
        loss = self.beta * commit
        if self.rule == "gradient":
            codebook = error(q, x.detach())
            loss = codebook + self.beta * commit if self.beta_on == "commitment" else self.beta * codebook + commit
        if self.diversity:
            p = (100 * similarity[kept]).softmax(1).mean(0)
            loss = loss + self.diversity * (p * p.clamp(min=1e-5).log()).sum()
        if self.orthogonal:
            directions = unit(self.code)
            cosines = directions @ directions.T
            loss = loss + self.orthogonal * ((cosines ** 2).sum() / K ** 2 - 1 / K)

        if self.estimator == "rotation":
            y = rotation_trick(x, q)
        elif self.estimator == "diveq" and training:
            y = diveq(x, q, numbers.normal(self.path + "estimator", *x.shape))
        else:
            y = x + (q - x).detach()
        if training:
            self.learn(x.detach(), ids, kept, mask, numbers)
        return y, loss, torch.where(kept, ids, -1)

    def learn(self, x, ids, kept, mask, numbers):
        n = torch.bincount(ids[kept], minlength=K).double()
        s = torch.zeros(K, D).double().index_add(0, ids[kept], x[kept])
        correction = 1.0
        if self.rule == "ema":
            self.n, self.m = (self.decay * old + (1 - self.decay) * new for old, new in ((self.n, n), (self.m, s)))
            if self.ema == "debiased":
                self.t = self.t + 1
                correction = 1 - self.decay ** self.t
            size, total = self.n / correction, (self.n / correction).sum()
            smoothed = (size + 1e-5) / (total + K * 1e-5) * total
            code = self.m / correction / smoothed[:, None]
            self.code = torch.where(code.norm(dim=1, keepdim=True) > 1e-30, unit(code), self.code) if self.cosine else code
            if self.ema == "running":
                self.n = smoothed
        if self.revival == "usage":
            self.usage = self.decay * self.usage + (1 - self.decay) * n / n.sum()
            pull = torch.exp(-self.usage * K * 10 / (1 - self.decay) - 1e-3)[:, None]
            anchors = x[numbers.rows(self.path + "anchors", len(x), K, mask)]
            with torch.no_grad():
                if self.rule == "gradient":
                    self.code.copy_((1 - pull) * self.code + pull * anchors)
                else:
                    self.code = (1 - pull) * self.code + pull * anchors
            if self.rule == "ema":
                self.code = unit(self.code) if self.cosine else self.code
                self.m = (1 - pull) * self.m + pull * anchors * correction
                self.n = (1 - pull[:, 0]) * self.n + pull[:, 0] * correction


class Vector:
    """Heads, and projections around them."""

    def __init__(self, heads=1, separate=False, latent=0, norm=False, **options):
        self.heads, self.separate = heads, separate
        self.parts = [Head(path=f"heads.{h}.", **options) for h in range(heads)] if separate else [Head(**options)]
        self.width = latent or heads * D
        self.projections = {}
        if latent:
            inner = heads * D
            self.projections = {"project_in.weight": draw(inner, latent), "project_in.bias": draw(inner)}
            if norm:
                self.projections |= {"project_norm.weight": draw(inner), "project_norm.bias": draw(inner)}
            self.projections |= {"project_out.weight": draw(latent, inner), "project_out.bias": draw(latent)}
            for tensor in self.projections.values():
                tensor.requires_grad_()

    def parameters(self):
        named = dict(self.projections)
        for head in self.parts:
            named |= head.parameters()
        return named

    def buffers(self):
        return {name: tensor for head in self.parts for name, tensor in head.buffers().items()}

    def __call__(self, x, mask, numbers, training):
        kept = None if mask is None else (mask > 0)[:, None]
        zero = torch.zeros(()).double()
        of = self.projections
        if of:
            x = x if kept is None else torch.where(kept, x, zero)
            x = functional.linear(x, of["project_in.weight"], of["project_in.bias"])
            if "project_norm.weight" in of:
                x = functional.layer_norm(x, x.shape[1:], of["project_norm.weight"], of["project_norm.bias"])
        if self.separate:
            results = [head(part, mask, numbers, training) for head, part in zip(self.parts, x.split(D, 1))]
            y = torch.cat([result[0] for result in results], 1)
            loss = sum(result[1] for result in results) / len(results)
            ids = torch.stack([result[2] for result in results], 1)
        else:
            of_parts = None if mask is None else mask.repeat_interleave(self.heads)
            y, loss, ids = self.parts[0](x.reshape(-1, D), of_parts, numbers, training)
            y, ids = y.reshape(len(x), -1), ids.reshape(len(x), -1)
        if of:
            y = functional.linear(y, of["project_out.weight"], of["project_out.bias"])
            y = y if kept is None else torch.where(kept, y, zero)
        return y, loss, ids


class Gumbel:
    def __init__(self, hard, temperature):
        self.hard, self.temperature, self.width = hard, temperature, D
        self.named = {"proj.weight": draw(K, D), "proj.bias": draw(K), "embed.weight": draw(K, D)}
        for tensor in self.named.values():
            tensor.requires_grad_()

    def parameters(self):
        return self.named

    def buffers(self):
        return {}

    def __call__(self, x, mask, numbers, training):
        logits = functional.linear(x, self.named["proj.weight"], self.named["proj.bias"])
        q = logits.softmax(1)
        loss = 5e-4 * (q * torch.log(q * K + 1e-10)).sum(1).mean()
        if not training:
            ids = logits.argmax(1)
            return self.named["embed.weight"][ids], loss, ids[:, None]
        p = ((logits + numbers.gumbel("gumbel", *logits.shape)) / self.temperature).softmax(1)
        ids = p.argmax(1)
        weights = functional.one_hot(ids, K).double() - p.detach() + p if self.hard else p
        return weights @ self.named["embed.weight"], loss, ids[:, None]


def run(case, module, passes=("train", "train", "infer"), masked=False):
    named = module.parameters() | module.buffers()
    for name, tensor in named.items():
        put(case, "begin", "state", name, tensor)
    for i, kind in enumerate(passes, 1):
        when = f"{kind} {i}"
        x = draw(N, module.width).requires_grad_()
        mask = torch.tensor([float(j % 3 != i % 3) for j in range(N)]).double() if masked else None
        y, loss, ids = module(x, mask, Numbers(i), kind == "train")
        u = draw(*y.shape)
        parameters = module.parameters()
        gradients = torch.autograd.grad((y * u).sum() + loss, [x, *parameters.values()], allow_unused=True)
        put(case, when, "x", "", x)
        if mask is not None:
            put(case, when, "mask", "", mask)
        put(case, when, "u", "", u)
        put(case, when, "y", "", y)
        put(case, when, "loss", "", loss)
        put(case, when, "ids", "", ids)
        put(case, when, "dx", "", gradients[0])
        for (name, tensor), gradient in zip(parameters.items(), gradients[1:]):
            put(case, when, "dw", name, torch.zeros_like(tensor) if gradient is None else gradient)
        for name, tensor in module.buffers().items():
            put(case, when, "state", name, tensor)


run("ema", Vector())
run("ema from zero", Vector(ema="zero"))
run("ema from one", Vector(ema="one"))
run("ema, running", Vector(ema="running"), ("train", "train", "train"))
run("ema, cosine", Vector(cosine=True))
run("ema from one, cosine", Vector(cosine=True, ema="one"))
run("ema, rotation", Vector(estimator="rotation"))
run("ema, diveq", Vector(estimator="diveq"))
run("ema, masked", Vector(), masked=True)
run("ema, usage", Vector(revival="usage", ema="one"), ("train", "train", "train", "infer"))
run("ema, usage, cosine, masked", Vector(revival="usage", cosine=True), masked=True)
run("ema, samples", Vector(start="samples"))
run("ema, k-means", Vector(start="kmeans"))
run("ema from one, k-means, cosine", Vector(start="kmeans", cosine=True, ema="one"))
run("gradient", Vector(rule="gradient"))
run("gradient, beta on codebook", Vector(rule="gradient", beta_on="codebook"))
run("gradient, cosine", Vector(rule="gradient", cosine=True))
run("gradient, rotation", Vector(rule="gradient", estimator="rotation"))
run("gradient, diveq", Vector(rule="gradient", estimator="diveq"))
run("gradient, diveq, cosine", Vector(rule="gradient", estimator="diveq", cosine=True))
run("gradient, cross-entropy", Vector(rule="gradient", commitment="cross-entropy"))
run("gradient, all losses, cosine", Vector(
    rule="gradient", commitment="cross-entropy", cosine=True, orthogonal=10, diversity=0.5))
run("gradient, all losses, masked", Vector(
    rule="gradient", commitment="cross-entropy", orthogonal=10, diversity=0.5), masked=True)
run("gradient, sampled", Vector(rule="gradient", sample=0.5))
run("gradient, usage", Vector(rule="gradient", revival="usage"))
run("gradient, k-means", Vector(rule="gradient", start="kmeans"))
run("heads", Vector(heads=2))
run("heads with codebooks", Vector(heads=2, separate=True, rule="gradient", estimator="diveq"))
run("heads, masked", Vector(heads=3), masked=True)
run("projection", Vector(latent=5))
run("projection of all", Vector(latent=3, heads=2, separate=True, norm=True, rule="gradient", cosine=True), masked=True)
run("gumbel", Gumbel(True, 0.5))
run("gumbel, soft", Gumbel(False, 2.0))
run("gradient, mean, square-norm", Vector(rule="gradient", commitment="square-norm", mean=True))
run("gradient, mean, square-norm, masked", Vector(rule="gradient", commitment="square-norm", mean=True), masked=True)
run("gradient, square-norm, cosine", Vector(rule="gradient", commitment="square-norm", cosine=True))
