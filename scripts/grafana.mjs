// Builds Grafana, against which packages/mcp-grafana is tested, into .toolchain/grafana. No package of Debian's or PyPI's has it, and its
// releases are not in a registry; its sources of June 2023 (10.1 in the making) are a Go module. Needs Go and gcc; takes some twelve minutes on two cores.
// Its web pages are not built: it answers its API only.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { environment, LaunchError, log, run, toolchain } from "./toolchain.mjs";

const MODULE = "github.com/grafana/grafana";
const VERSION = "v1.9.2-0.20230609164553-81d85ce8028d";
const WIRE = "github.com/google/wire/cmd/wire@v0.7.0";
const folder = join(toolchain, "grafana");
export const grafanaBinary = join(folder, "grafana");

/** @throws LaunchError where there is no Go, or the build fails */
export function buildGrafana() {
	if (existsSync(grafanaBinary)) return;
	const found = spawnSync("go", ["mod", "download", "-json", `${MODULE}@${VERSION}`], { encoding: "utf8", cwd: toolchain });
	if (found.status !== 0)
		throw new LaunchError(`Grafana is built with Go, which is not found here (${found.error?.message ?? (found.stderr || found.stdout)})`);
	const sources = join(folder, "sources");
	mkdirSync(folder, { recursive: true });
	cpSync(JSON.parse(found.stdout).Dir, sources, { recursive: true });
	run("chmod", ["-R", "u+w", sources], { what: "making the sources writable" });
	log("building Grafana with Go: a quarter of an hour, once");
	// what puts its parts together is generated, and not among its sources
	run("go", ["run", WIRE, "gen", "-tags", "oss", "./pkg/server"], {
		what: "wire",
		cwd: sources,
		env: { ...environment(), GOFLAGS: "-mod=mod" },
	});
	// some of its requirements of that time reach into Go's own packages, which Go allows since 1.23 only where told
	const build = ["build", "-mod=mod", "-tags", "oss", "-ldflags", "-s -w -checklinkname=0", "-o", grafanaBinary, "./pkg/cmd/grafana"];
	run("go", build, { what: "go build of Grafana", cwd: sources });
	for (const part of ["conf", "public"]) cpSync(join(sources, part), join(folder, part), { recursive: true });
	rmSync(sources, { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildGrafana();
