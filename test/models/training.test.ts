import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..", "..");
const NEEDS = ["numpy", "onnx", "onnxruntime", "pytest", "scipy", "sklearn", "tokenizers", "torch"];

/** A Python that has what models/training/requirements.txt names: FAULTLINE_PYTHON, the toolchain's, the system's. */
const python = [process.env.FAULTLINE_PYTHON, join(root, ".toolchain", "python", "bin", "python"), "python3"].find(
	(p) =>
		p !== undefined &&
		p !== "" &&
		(!p.includes("/") || existsSync(p)) &&
		spawnSync(p, ["-c", `import ${NEEDS.join(",")}`], { stdio: "ignore" }).status === 0,
);

describe("training of the encoders", () => {
	const why = python === undefined ? ` (not run: no Python with ${NEEDS.join(", ")}; set FAULTLINE_PYTHON)` : "";
	it.skipIf(python === undefined)(`passes its own tests${why}`, { timeout: 900_000 }, () => {
		const env = { ...process.env, FAULTLINE_NODE: process.execPath, OMP_NUM_THREADS: "1", OMP_WAIT_POLICY: "passive" };
		const ran = spawnSync(python ?? "", ["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "training/tests"], {
			cwd: join(root, "models"),
			env,
			encoding: "utf8",
		});
		expect(ran.status, `${ran.stdout}\n${ran.stderr}`).toBe(0);
	});
});
