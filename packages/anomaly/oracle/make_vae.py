"""The variational autoencoder in PyTorch, with the weights that it is given: outputs, loss and gradient that ours are tested against.

usage: python3 make_vae.py > vae.json
       python3 make_vae.py --live FILE > answer.json      models and rows from FILE, outputs of the scoring network out
"""
import json
import math
import sys

import torch
from draw import mulberry32, normal

torch.set_num_threads(1)
LAYERS = ("encode", "mean", "logVariance", "decode", "output", "outputLogVariance")


def layers_of(shape, flat):
    d, h, z = shape["dimensions"], shape["hidden"], shape["latent"]
    sizes = {"encode": (d, h), "mean": (h, z), "logVariance": (h, z), "decode": (z, h), "output": (h, d), "outputLogVariance": (h, d)}
    layers, at = {}, 0
    for name in LAYERS:
        rows, columns = sizes[name]
        weight = flat[at : at + rows * columns].reshape(rows, columns)
        bias = flat[at + rows * columns : at + (rows + 1) * columns]
        layers[name] = lambda x, weight=weight, bias=bias: torch.nn.functional.linear(x, weight.T, bias)
        at += (rows + 1) * columns
    return layers


def encode(layers, x):
    h = torch.tanh(layers["encode"](x))
    return layers["mean"](h), torch.clamp(layers["logVariance"](h), -8, 8)


def decode(layers, z):
    g = torch.tanh(layers["decode"](z))
    return torch.distributions.Normal(layers["output"](g), torch.exp(torch.clamp(layers["outputLogVariance"](g), -6, 6) / 2))


def score(model, x):
    """Surprise and expectation by feature, over the draws of the noise (An & Cho 2015, algorithm 5)."""
    layers = layers_of(model["shape"], torch.tensor(model["parameters"], dtype=torch.float32))
    x = torch.tensor(x, dtype=torch.float32).reshape(-1, model["shape"]["dimensions"])
    noise = torch.tensor(model["noise"], dtype=torch.float32).reshape(-1, model["shape"]["latent"])
    mean, log = encode(layers, x)
    output = decode(layers, mean[:, None, :] + torch.exp(log / 2)[:, None, :] * noise[None, :, :])
    surprise = -output.log_prob(x[:, None, :].expand(-1, len(noise), -1))
    return {"surprise": surprise.mean(1).flatten().tolist(), "expected": output.mean.mean(1).flatten().tolist()}


def loss_and_gradient(model, x, noise):
    flat = torch.tensor(model["parameters"], dtype=torch.float64, requires_grad=True)
    layers = layers_of(model["shape"], flat)
    x = torch.tensor(x, dtype=torch.float64).reshape(-1, model["shape"]["dimensions"])
    noise = torch.tensor(noise, dtype=torch.float64).reshape(-1, model["shape"]["latent"])
    mean, log = encode(layers, x)
    nll = -decode(layers, mean + torch.exp(log / 2) * noise).log_prob(x).sum(1)
    posterior = torch.distributions.Normal(mean, torch.exp(log / 2))
    prior = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    loss = (nll + torch.distributions.kl_divergence(posterior, prior).sum(1)).mean()
    loss.backward()
    return {"loss": loss.item(), "gradient": flat.grad.tolist()}


def case(seed, dimensions, hidden, latent, rows, draws, size):
    draw = mulberry32(seed)
    count = (dimensions + 1) * hidden + 2 * (hidden + 1) * latent + (latent + 1) * hidden + 2 * (hidden + 1) * dimensions
    numbers = lambda n, scale: [round(scale * normal(draw), 4) for _ in range(n)]
    shape = {"dimensions": dimensions, "hidden": hidden, "latent": latent}
    model = {"shape": shape, "parameters": numbers(count, size), "noise": numbers(draws * latent, 1)}
    x, noise = numbers(rows * dimensions, 2), numbers(rows * latent, 1)
    return {"model": model, "x": x, "noise": noise, **score(model, x), **loss_and_gradient(model, x, noise)}


def main():
    if len(sys.argv) == 3:
        given = json.load(open(sys.argv[2]))
        json.dump([score(g["model"], g["x"]) for g in given], sys.stdout)
        return
    # The last has weights so large that variances reach their bounds.
    cases = [case(1, 5, 7, 2, 6, 4, 0.4), case(2, 1, 3, 1, 4, 3, 0.5), case(3, 4, 5, 3, 5, 8, 3.0)]
    json.dump({"versions": {"torch": torch.__version__}, "cases": cases, "log 2 pi": math.log(2 * math.pi)}, sys.stdout)
    print()


main()
