// npm test: lint, types, every test with coverage. The last line of its output is "N passed, N failed".
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { awsBinary } from "./system-packages.mjs";
import { environment, root } from "./toolchain.mjs";

const bin = (name) => join(root, "node_modules", ".bin", name);
const folder = mkdtempSync(join(tmpdir(), "faultline-test-"));
const results = join(folder, "vitest.json");
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** A check of its own: shown with its whole output, counted as one test. */
function check(name, command, args) {
	process.stdout.write(`\n== ${name}\n`);
	const env = { ...environment(), FAULTLINE_AWS_CLI: awsBinary, PATH: `${environment().PATH}:${dirname(awsBinary)}` };
	return spawnSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], env }).status === 0;
}

let passed = 0;
let failed = 0;
const count = (ok) => (ok ? passed++ : failed++);

count(check("lint and format", bin("biome"), ["check", "."]));
count(check("types", bin("turbo"), ["run", "typecheck", "--output-logs=errors-only"]));

const ran = check("tests", bin("vitest"), [
	"run",
	"--coverage",
	"--reporter=default",
	"--reporter=json",
	`--outputFile.json=${results}`,
	...process.argv.slice(2),
]);
try {
	const report = JSON.parse(readFileSync(results, "utf8"));
	const skipped = report.testResults.flatMap((file) =>
		file.assertionResults.filter((t) => t.status === "pending" || t.status === "skipped"),
	);
	if (skipped.length > 0)
		process.stdout.write(`\n${skipped.length} not run here, each says why:\n${skipped.map((t) => `  ${t.fullName}`).join("\n")}\n`);
	passed += report.numPassedTests;
	failed += report.numFailedTests;
	// A run can fail with every test green: coverage under its threshold, a file that does not load, an unhandled rejection.
	if (!ran && report.numFailedTests === 0) failed++;
} catch {
	failed++;
}
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
