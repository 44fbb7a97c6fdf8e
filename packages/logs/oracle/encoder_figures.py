"""What PyTorch answers for the weights of an encoder of models/, to compare the product's answers with.

usage: python encoder_figures.py MODEL [--float OUT | --write]     needs torch, onnx, onnxruntime, tokenizers, numpy

--float OUT writes the same weights as a 32 bit model to OUT and prints {"texts", "vectors"}; --write keeps them as MODEL/oracle.json, which
`faultline models verify` compares with wherever the model is installed.
"""
import argparse
import json
import sys
from pathlib import Path

MODELS = Path(__file__).resolve().parents[3] / "models"
sys.path.insert(0, str(MODELS))
import torch  # noqa: E402

from training.shipped import load_encoder, save_encoder  # noqa: E402
from training.train import to_tensors  # noqa: E402

TEXTS = [
    "Connection to 10.1.2.3:5432 refused", "connection to <ip>:<num> refused", "user 4711 logged in from 192.168.0.17", "Out of memory: Killed process 1234 (java)",
    "GET /api/v1/orders/9f8e7d6c HTTP/1.1 503 1287ms", "ERROR [http-nio-8080-exec-7] o.s.b.SpringApplication - Application run failed", "disk quota exceeded for volume /data/7",
    "java.lang.NullPointerException: null", "retrying in 30 seconds (attempt 4 of 5)", "Fehler: Datenträger voll", "日本語のログ 失敗しました", "naïve café 🚀 emoji",
    "x", "--------", "level=warn msg=\"slow query\" duration=2.5s rows=10000", "worker 3 started " * 40, "a1b2c3d4e5f60718293a4b5c6d7e8f90 is not a valid key", "OK",
]


def main():
    a = argparse.ArgumentParser()
    a.add_argument("model", type=Path)
    a.add_argument("--float", type=Path)
    a.add_argument("--write", action="store_true")
    o = a.parse_args()
    model, tokeniser, manifest = load_encoder(o.model)
    with torch.no_grad():
        ids, mask = to_tensors(tokeniser, TEXTS, model.config.max_tokens)
        vectors = [[round(float(x), 6) for x in v] for v in model(ids, mask)[0].numpy()]
    oracle = {"madeBy": "PyTorch, 32 bit, from weights.npz", "minCosine": 0.99, "texts": TEXTS, "vectors": vectors}
    if o.float:
        save_encoder(o.float, model, tokeniser, {k: v for k, v in manifest.items() if k not in ("name", "quantisation", "sha256")}, TEXTS, int8=False)
    if o.write:
        (o.model / "oracle.json").write_text(json.dumps(oracle, ensure_ascii=False) + "\n")
    else:
        print(json.dumps(oracle))


main()
