import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from training.__main__ import licence_of, licences, parser, span
from training.corpus import write_dataset
from training.shipped import save_encoder

HERE = Path(__file__).resolve().parents[1]
COMMAND = ["train", "--data", "d", "--out", "m"]


def options(*more: str):
    return parser().parse_args([*COMMAND, *more])


def test_steps_leave_the_clock_out_and_minutes_alone_are_minutes():
    assert span(options("--minutes", "3"))[0] == 3
    assert span(options())[0] == 20
    assert span(options("--steps", "40", "--minutes", "1")) == (math.inf, 40)
    with pytest.raises(ValueError, match="above 0"):
        span(options("--steps", "0"))


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "inf", "soon"])
def test_minutes_that_are_none_are_refused(minutes, capsys):
    with pytest.raises(SystemExit):
        options("--minutes", minutes)
    assert "minutes" in capsys.readouterr().err


def test_a_licence_is_of_a_source_or_of_all_that_begin_so():
    given = licences(["generated=made here", "kube-logs=MIT", "kube=none"])
    assert licence_of("generated-kernel", given) == "made here"
    assert licence_of("kube-logs", given) == "MIT"
    assert licence_of("other", given) == "unstated"
    with pytest.raises(ValueError, match="SOURCE=LICENCE"):
        licences(["MIT"])


def command(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "training", *map(str, words)], cwd=HERE.parent, capture_output=True, text=True, check=False)


def train(*more: object) -> subprocess.CompletedProcess[str]:
    return command("train", *more)


def test_equal_seeds_steps_and_tokenizers_give_equal_files(tmp_path, lines, tokeniser):
    write_dataset(lines, tmp_path / "d.ndjson.gz")
    tokeniser.save(str(tmp_path / "t.json"))
    told = []
    for name in ("a", "b"):
        done = train("--data", tmp_path / "d.ndjson.gz", "--tokenizer", tmp_path / "t.json", "--shape", "sbert", "--steps", 3, "--out", tmp_path / name / "m")
        assert done.returncode == 0, done.stderr
        told.append(json.loads((tmp_path / name / "m" / "manifest.json").read_text()))
    assert told[0]["trainedWith"]["steps"] == 3
    assert told[0]["sha256"]["model.onnx"] == told[1]["sha256"]["model.onnx"]


def test_what_would_be_ignored_is_refused(tmp_path, lines):
    going_on = train("--from", tmp_path, "--shape", "sbert", "--corpus", "x", "--out", tmp_path / "m")
    assert (going_on.returncode, going_on.stdout) == (2, "")
    assert "--from keeps the shape" in going_on.stderr
    (tmp_path / "elder").mkdir()
    (tmp_path / "elder" / "manifest.json").write_text(json.dumps({"dimensions": 96}))
    narrow = train("--begin-as", tmp_path / "elder", "--data", "x", "--out", tmp_path / "m")
    assert narrow.returncode == 2
    assert "nothing could be taken over" in narrow.stderr


def test_a_folder_without_labelled_lines_gives_no_figures(tmp_path, model, tokeniser, lines):
    save_encoder(tmp_path / "m", model, tokeniser, {"corpus": [], "seed": 1, "trainedWith": {}, "figures": {"precisionAt1": 1}}, [lines[0].raw])
    done = command("evaluate", "--model", tmp_path / "m", "--logs", tmp_path, "--write")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no labelled lines" in done.stderr
    assert not (tmp_path / "FIGURES.md").exists()


def test_another_precision_does_not_inherit_figures(tmp_path, model, tokeniser, lines):
    save_encoder(tmp_path / "m", model, tokeniser, {"corpus": [], "seed": 1, "trainedWith": {}, "figures": {"precisionAt1": 1}}, [lines[0].raw])
    done = command("export", "--model", tmp_path / "m", "--precision", "float", "--out", tmp_path / "f")
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "f" / "manifest.json").read_text())
    assert (told["name"], told["quantisation"]) == ("f", "none")
    assert list(told["figures"]) == ["leastCosineWithPyTorch"]


APART = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "--net", "--", "true"]
can_be_apart = shutil.which("unshare") is not None and subprocess.run(APART, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_be_apart, reason="namespaces cannot be made here; record_logs.sh refuses to run then")
def test_recording_cannot_reach_what_it_did_not_start(tmp_path):
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        probe = tmp_path / "probe"
        probe.write_text(
            "#!/bin/bash\n"
            f"{{ kill -0 {bystander.pid} 2>/dev/null && echo reached it || echo out of reach; tr '\\0' ' ' </proc/1/cmdline; }} >probe.txt\n"
        )
        probe.chmod(0o755)
        done = subprocess.run(["bash", HERE / "record_logs.sh", tmp_path / "out"], env={**os.environ, "RECORD": str(probe)}, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert bystander.poll() is None
        found = subprocess.run(["gzip", "-dc", tmp_path / "out" / "probe.txt.gz"], capture_output=True, text=True, check=True).stdout
        assert found.startswith("out of reach")
        assert "--inside" in found
    finally:
        bystander.kill()
        bystander.wait()


def test_recording_refuses_to_run_without_namespaces(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "unshare").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bin" / "unshare").chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    for arguments in ([tmp_path / "out"], ["--inside", tmp_path / "out", tmp_path]):
        done = subprocess.run(["bash", HERE / "record_logs.sh", *arguments], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert not (tmp_path / "out").exists()
