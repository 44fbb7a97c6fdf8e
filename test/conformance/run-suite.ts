import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const SUITE = dirname(createRequire(import.meta.url).resolve("@modelcontextprotocol/conformance/package.json"));

/** What the suite printed and how it ended. It runs as a program of its own, as anybody would run it. */
export interface SuiteRun {
	exitCode: number;
	output: string;
}

/** Runs the published conformance suite in a folder of its own, so that nothing is left in the checkout. */
export async function runSuite(args: readonly string[]): Promise<SuiteRun> {
	const folder = mkdtempSync(join(tmpdir(), "faultline-conformance-"));
	try {
		return await new Promise((resolve) => {
			const options = { cwd: folder, timeout: 300_000, maxBuffer: 64 * 1024 * 1024 };
			execFile(process.execPath, [join(SUITE, "dist/index.js"), "server", ...args, "-o", folder], options, (error, stdout, stderr) => {
				const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
				resolve({ exitCode, output: `${stdout}\n${stderr}` });
			});
		});
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** The scenarios of the server leg that a revision names, those included that do not count towards its score; from the suite's own list. */
export function namedScenarios(revision: string): string[] {
	const text = readFileSync(join(SUITE, "requirements", `${revision}.yaml`), "utf8");
	const required = /^server:\n((?: {2}- .+\n)+)/m.exec(text)?.[1] ?? "";
	const unscored = text.matchAll(/- scenario: (\S+)\n {4}leg: server/g);
	return [...required.matchAll(/- (\S+)/g), ...unscored].map((match) => match[1]!);
}
