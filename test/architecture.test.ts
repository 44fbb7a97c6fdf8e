import { existsSync, globSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");

const ANALYSIS = ["logs", "anomaly", "correlation"];
const SOURCES = ["mcp-kubernetes", "mcp-sentry", "mcp-cloudwatch", "mcp-grafana"];
const PACKAGES = ["contracts", "platform", "mcp", "diagnosis", ...ANALYSIS, ...SOURCES];

/** Who may import whom: the whole permission. A package or app that is not listed fails the first test. */
const MAY_IMPORT: Record<string, readonly string[]> = {
	contracts: [],
	platform: ["contracts"],
	...Object.fromEntries(ANALYSIS.map((p) => [p, ["contracts"]])),
	mcp: ["platform", "contracts"],
	diagnosis: ["platform", "contracts"],
	...Object.fromEntries(SOURCES.map((p) => [p, ["mcp", "platform", "contracts"]])),
	orchestrator: PACKAGES,
	cli: ["contracts", "orchestrator"],
	sandbox: ["contracts"],
};

/** Test files may also start the sandbox, or the real servers, against what they test. */
const TESTS_MAY_ALSO_IMPORT = ["sandbox", "mcp", "contracts", "platform"];

const DRAWERS = ["utils", "util", "helpers", "common", "shared", "support", "core", "lib", "misc", "manager", "service", "types"];

const workspaces = globSync(["packages/*/package.json", "apps/*/package.json"], { cwd: root }).map((file) => dirname(file));

interface Import {
	file: string;
	specifier: string;
}

function importsOf(workspace: string): Import[] {
	return globSync("src/**/*.ts", { cwd: join(root, workspace) }).flatMap((file) => {
		const source = readFileSync(join(root, workspace, file), "utf8");
		const found = source.matchAll(
			/(?:^|\n)\s*(?:import|export)\s[^;"'`]*?from\s*["']([^"']+)["']|import\s*\(\s*["']([^"']+)["']\s*\)|(?:^|\n)import\s*["']([^"']+)["']/g,
		);
		return [...found].map((m) => ({ file, specifier: m[1] ?? m[2] ?? m[3] ?? "" }));
	});
}

const packageOf = (specifier: string): string =>
	specifier
		.split("/")
		.slice(0, specifier.startsWith("@") ? 2 : 1)
		.join("/");

describe("architecture", () => {
	it("knows every package and app", () => {
		expect(workspaces.map((w) => basename(w)).sort()).toEqual(Object.keys(MAY_IMPORT).sort());
	});

	it.each(workspaces)("%s imports only what it may", (workspace) => {
		const name = basename(workspace);
		const broken = importsOf(workspace).filter(({ file, specifier }) => {
			if (!specifier.startsWith("@faultline/")) return false;
			const other = specifier.split("/")[1] ?? "";
			const test = file.endsWith(".test.ts") || file.includes("/testing/");
			return other !== name && !MAY_IMPORT[name]?.includes(other) && !(test && TESTS_MAY_ALSO_IMPORT.includes(other));
		});
		expect(broken).toEqual([]);
	});

	it.each(workspaces)("%s declares what it imports, and imports what it declares", (workspace) => {
		const manifest = JSON.parse(readFileSync(join(root, workspace, "package.json"), "utf8")) as Record<
			string,
			Record<string, string> | undefined
		>;
		const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }));
		const inherited = new Set(
			Object.keys((JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { devDependencies: object }).devDependencies),
		);
		const used = new Set(
			importsOf(workspace)
				.filter(({ specifier }) => !/^(\.|node:)/.test(specifier) && !builtinModules.includes(specifier))
				.map(({ specifier }) => packageOf(specifier)),
		);
		expect([...used].filter((p) => !declared.has(p) && !inherited.has(p) && p !== manifest.name?.toString())).toEqual([]);
		const mentioned = globSync(["src/**/*.ts", "native/**"], { cwd: join(root, workspace) })
			.map((f) => (existsSync(join(root, workspace, f)) && /\.\w+$/.test(f) ? readFileSync(join(root, workspace, f), "utf8") : ""))
			.join("\n");
		expect([...declared].filter((p) => !p.startsWith("@types/") && !used.has(p) && !mentioned.includes(p))).toEqual([]);
	});

	it("keeps the MCP SDK inside packages/mcp", () => {
		const outside = workspaces
			.filter((w) => basename(w) !== "mcp")
			.flatMap((w) =>
				importsOf(w)
					.filter(({ specifier }) => specifier.startsWith("@modelcontextprotocol/"))
					.map(({ file }) => join(w, file)),
			);
		expect(outside).toEqual([]);
	});

	it("keeps prompts, and who answers them, inside packages/diagnosis", () => {
		const elsewhere = workspaces
			.filter((w) => basename(w) !== "diagnosis")
			.flatMap((w) =>
				globSync("src/**/*.ts", { cwd: join(root, w) })
					.filter((f) => !f.endsWith(".test.ts"))
					.filter((f) => /@anthropic-ai\/sdk|\.complete\(\{/.test(readFileSync(join(root, w, f), "utf8")))
					.map((f) => join(w, f)),
			);
		expect(elsewhere).toEqual([]);
	});

	it("reads the environment only where configuration is read", () => {
		const readers = workspaces.flatMap((w) =>
			globSync("src/**/*.ts", { cwd: join(root, w) })
				.filter((f) => !f.endsWith(".test.ts") && !f.includes("testing/") && /process\.env/.test(readFileSync(join(root, w, f), "utf8")))
				.map((f) => join(w, f)),
		);
		expect(readers.filter((f) => !/(^|\/)(config|main)\.ts$/.test(f))).toEqual([]);
	});

	it("reaches no file of another package except through its name", () => {
		const strays = workspaces.flatMap((w) =>
			importsOf(w)
				.filter(
					({ file, specifier }) =>
						specifier.startsWith(".") && relative(join(root, w), resolve(root, w, dirname(file), specifier)).startsWith(".."),
				)
				.map(({ file, specifier }) => `${join(w, file)} -> ${specifier}`),
		);
		expect(strays).toEqual([]);
	});

	it("has no drawers", () => {
		const drawers = globSync(["packages/*/src/**", "apps/*/src/**", "scripts/**"], { cwd: root }).filter((f) =>
			DRAWERS.includes(basename(f).replace(/\.\w+$/, "")),
		);
		expect(drawers).toEqual([]);
	});

	it.each(
		globSync(["*.md", "packages/*/*.md", "apps/*/*.md", "test/**/*.md", "docs/**/*.md"], { cwd: root, exclude: ["**/node_modules/**"] }),
	)("%s cites only paths that exist", (document) => {
		const text = readFileSync(join(root, document), "utf8");
		const cited = [
			...text.matchAll(/`((?:packages|apps|test|scripts|models|helm|docs|\.ci)\/[\w./-]+)`|\]\((?!https?:|#|mailto:)([^)#]+)/g),
		].map((m) => m[1] ?? join(dirname(document), m[2] ?? ""));
		expect(cited.filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, dirname(document), path)))).toEqual([]);
	});

	it("gives every package a README of at most 40 lines", () => {
		const lines = Object.fromEntries(
			workspaces.map((w) => [
				w,
				existsSync(join(root, w, "README.md")) ? readFileSync(join(root, w, "README.md"), "utf8").split("\n").length : 0,
			]),
		);
		expect(Object.entries(lines).filter(([, n]) => n === 0 || n > 41)).toEqual([]);
	});
});
