import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ORACLE = new URL("../../oracle/", import.meta.url).pathname;
const CANDIDATES = [
	process.env.FAULTLINE_PYTHON,
	new URL("../../../../.toolchain/python/bin/python", import.meta.url).pathname,
	"python3",
	"/usr/bin/python3",
];

/** A Python that can do all of these imports (FAULTLINE_PYTHON, the toolchain's, the system's), or undefined. */
export function pythonWith(...imports: string[]): string | undefined {
	return CANDIDATES.find((python) => {
		if (python === undefined || python === "" || (python.includes("/") && !existsSync(python))) return false;
		const { status } = spawnSync(python, ["-c", imports.join("\n")], { stdio: "ignore" });
		return status === 0;
	});
}

/** Runs a script of oracle/ with `--live` and a file of `input`; its standard output as JSON. */
export function askOracle<T>(python: string, script: string, input: unknown): T {
	const folder = mkdtempSync(join(tmpdir(), "oracle-"));
	try {
		const file = join(folder, "input.json");
		writeFileSync(file, JSON.stringify(input));
		const result = spawnSync(python, ["-B", join(ORACLE, script), "--live", file], { encoding: "utf8", maxBuffer: 1 << 28 });
		if (result.status !== 0) throw new Error(`${script}: ${result.stderr}`);
		return JSON.parse(result.stdout) as T;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
