// Builds Grafana Loki, against which packages/mcp-grafana is tested, into .toolchain/loki. No package of Debian's has it (its "loki" is a
// program for genetics), and its releases are not in a registry; its sources are a Go module. Needs Go 1.26; takes ten minutes on two cores.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LaunchError, log, run, toolchain } from "./toolchain.mjs";

const MODULE = "github.com/grafana/loki/v3";
const VERSION = "v3.7.8";
const folder = join(toolchain, "loki");
export const lokiBinary = join(folder, "loki");

/** @throws LaunchError where there is no Go, or the build fails */
export function buildLoki() {
	if (existsSync(lokiBinary)) return;
	const found = spawnSync("go", ["mod", "download", "-json", `${MODULE}@${VERSION}`], { encoding: "utf8", cwd: toolchain });
	if (found.status !== 0)
		throw new LaunchError(`Loki is built with Go 1.26 or later, which is not found here (${found.error?.message ?? found.stderr})`);
	mkdirSync(folder, { recursive: true });
	// Its own requirements and replacements, as a module of ours; what it replaces by a folder of its own repository comes from the registry.
	const own = readFileSync(JSON.parse(found.stdout).GoMod, "utf8");
	const mod = own
		.replace(/^module .*$/m, "module faultline-loki")
		.replace(/^toolchain .*\n/m, "")
		.replace(/^replace \S+ => \.\/.*\n/gm, "");
	writeFileSync(join(folder, "go.mod"), `${mod}\nrequire ${MODULE} ${VERSION}\n`);
	writeFileSync(join(folder, "tools.go"), `//go:build tools\n\npackage tools\n\nimport _ "${MODULE}/cmd/loki"\n`);
	log(`building Loki ${VERSION} with Go: some minutes, once`);
	run("go", ["mod", "tidy", "-e"], { what: "go mod tidy", cwd: folder });
	run("go", ["build", "-mod=mod", "-ldflags", "-s -w", "-o", lokiBinary, `${MODULE}/cmd/loki`], { what: "go build of Loki", cwd: folder });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildLoki();
