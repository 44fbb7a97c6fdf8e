import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { claudeDesktopBlock, composeConfig, neededVariables } from "./compose-config.ts";
import { configPaths, dataDir, loadConfig } from "./load-config.ts";
import { nearest } from "./nearest.ts";
import { parseConfig } from "./parse-config.ts";
import { describeProblem } from "./problems.ts";
import { sourceEnv } from "./source-env.ts";

const told = (text: string, env: Record<string, string> = {}) => parseConfig(text, env).problems.map(describeProblem);

describe("parseConfig", () => {
	it("reads every section, with its defaults", () => {
		const text = `
sources:
  kubernetes:
  sentry: {url: "https://sentry.example", organization: acme, projects: [web, api], token: "\${TOKEN}"}
  cloudwatch: {region: eu-west-1, logGroups: /ecs/}
  grafana: {mcpUrl: "http://127.0.0.1:9/mcp"}
collection: {baseline: 1h}
`;
		const { config, problems } = parseConfig(text, { TOKEN: "s3cret" });
		expect(problems).toEqual([]);
		expect(config).toMatchObject({
			sources: {
				kubernetes: { namespaces: [] },
				sentry: { token: "s3cret", projects: ["web", "api"] },
				cloudwatch: { logGroups: ["/ecs/"] },
			},
			collection: { baseline: 3_600_000, sourceDeadline: 20_000, deadline: 30_000 },
			server: { host: "127.0.0.1" },
		});
	});

	it("tells all problems at once, each with its line, what is wrong and how to mend it", () => {
		const text = `sources:
  sentry:
    organisation: acme
    token: "\${SENTRY_AUTH_TOKEN}"
  grafana:
    url: grafana.example.com
  kubernets: {}
collection:
  baseline: soon
server: {port: 99999}
`;
		expect(told(text)).toEqual([
			"line 2, sources.sentry.organization: is missing (the slug in your Sentry address, such as acme in acme.sentry.io)",
			'line 3, sources.sentry.organisation: unknown key (did you mean "organization"?)',
			`line 4, sources.sentry.token: the environment variable SENTRY_AUTH_TOKEN is not set (set it (export SENTRY_AUTH_TOKEN=...), or give a default: \${SENTRY_AUTH_TOKEN:-...})`,
			`line 5, sources.grafana.token: is missing (a service account's token, best as "\${GRAFANA_SERVICE_ACCOUNT_TOKEN}")`,
			"line 6, sources.grafana.url: must be an http:// or https:// address",
			'line 7, sources.kubernets: unknown key (did you mean "kubernetes"?)',
			'line 9, collection.baseline: must be a duration such as "90s", "30m" or "2h"',
			"line 10, server.port: must be 0 to 65535",
		]);
	});

	it("never says a value: it may be a secret", () => {
		const secret = "hunter2hunter2";
		const problems = told(
			`sources:\n  sentry: {organization: 7, token: [${secret}]}\n  grafana: {url: "${secret}", token: "${secret}"}\n  ${secret}\n`,
		);
		expect(problems.join("\n")).not.toContain(secret);
		expect(told(`sources:\n  sentry: {token: "${secret}\n`).join("\n")).not.toContain(secret);
	});

	it.each([
		["", "the file is empty"],
		["sources: {}", "sources: names no source (add at least one of kubernetes, sentry, cloudwatch, grafana)"],
		["sources: [a]", "must be a section with keys below it"],
		["- a", "must be a section with keys below it"],
		["sources: {kubernetes: yes-please}", "sources.kubernetes: must be a section with keys below it"],
		["sources: {kubernetes: {namespaces: {a: b}}}", "must be a text or a list of texts"],
		["a: [", "not YAML"],
		["sources: {kubernetes: {}}\nsources: {kubernetes: {}}", "not YAML: duplicate key"],
	])("%j is refused: %s", (text, message) => {
		expect(told(text).join("\n")).toContain(message);
	});

	it("replaces variables in values, with defaults and a way to write them literally", () => {
		const text = `sources: {kubernetes: {context: "\${A}-\${B:-b}-$\${C}", namespaces: ["\${A}"]}}`;
		expect(parseConfig(text, { A: "a: {x}" }).config?.sources.kubernetes).toMatchObject({
			context: `a: {x}-b-\${C}`,
			namespaces: ["a: {x}"],
		});
	});
});

describe("logs.rules", () => {
	it("are checked with all rules at hand, and all their problems told at once, beside the others", () => {
		const text = `
sources: {kubernetes: {}}
server: {port: 99999}
logs:
  rules:
    - {name: order, pattern: 'ORD-\\d+', before: num}
    - {name: url, disable: true}
    - {name: nope}
    - name: evil
      pattern: "(?<=a)b"
      after: nowhere
`;
		const problems = told(text);
		expect(problems.map((p) => p.replace(/ \(.*/, ""))).toEqual([
			"line 3, server.port: must be 0 to 65535",
			"line 8, logs.rules.2.name: names no rule",
			"line 10, logs.rules.3.pattern: is not a regular expression of RE2's syntax",
			"line 11, logs.rules.3.after: names no rule",
		]);
		expect(told("sources: {kubernetes: {}}\nlogs: {rules: {}}").join()).toContain("must be a list of rules");
		const { config } = parseConfig("sources: {kubernetes: {}}\nlogs: {rules: [{name: url, disable: true}]}", {});
		expect(config?.logs.rules).toEqual([{ name: "url", disable: true }]);
	});
});

describe("loadConfig", () => {
	async function place(files: Record<string, string>) {
		const root = await mkdtemp(join(tmpdir(), "faultline-config-"));
		for (const [name, text] of Object.entries(files)) {
			await mkdir(join(root, name, ".."), { recursive: true });
			await writeFile(join(root, name), text);
		}
		return { path: undefined, env: {} as Record<string, string>, cwd: join(root, "cwd"), home: join(root, "home") };
	}
	const valid = (context: string) => `sources: {kubernetes: {context: ${context}}}`;

	it("looks in order: --config, $FAULTLINE_CONFIG, ./faultline.yaml, ~/.config/faultline/faultline.yaml", async () => {
		const p = await place({
			"flag.yaml": valid("flag"),
			"env.yaml": valid("env"),
			"cwd/faultline.yaml": valid("cwd"),
			"home/.config/faultline/faultline.yaml": valid("home"),
		});
		const context = async (more: object) => (await loadConfig({ ...p, ...more })).config.sources.kubernetes?.context;
		const env = { FAULTLINE_CONFIG: "../env.yaml" };
		expect(await context({ path: "../flag.yaml", env })).toBe("flag");
		expect(await context({ env })).toBe("env");
		expect(await context({})).toBe("cwd");
		expect(await context({ cwd: p.home })).toBe("home");
	});

	it("with none at all says where it looked and what to do", async () => {
		const p = await place({});
		const error = await loadConfig(p).catch((e: unknown) => e);
		expect(error).toMatchObject({ code: "BAD_CONFIG", hint: expect.stringContaining("faultline init") });
		for (const path of configPaths(p)) expect((error as Error).message).toContain(path);
	});

	it("a named file that is not there is not replaced by another", async () => {
		const p = await place({ "cwd/faultline.yaml": valid("cwd") });
		await expect(loadConfig({ ...p, path: "other.yaml" })).rejects.toMatchObject({ code: "BAD_CONFIG" });
		await expect(loadConfig({ ...p, path: "." })).rejects.toThrow(/cannot read/);
	});

	it("resolves a relative kubeconfig from the file's folder, and ~ from the home", async () => {
		const p = await place({ "cwd/faultline.yaml": "sources: {kubernetes: {kubeconfig: ./kc}}" });
		expect((await loadConfig({ ...p, cwd: "/", path: join(p.cwd, "faultline.yaml") })).config.sources.kubernetes?.kubeconfig).toBe(
			join(p.cwd, "kc"),
		);
		await writeFile(join(p.cwd, "faultline.yaml"), "sources: {kubernetes: {kubeconfig: ~/.kube/config}}");
		expect((await loadConfig(p)).config.sources.kubernetes?.kubeconfig).toBe(join(p.home, ".kube/config"));
	});

	it("keeps reports in $FAULTLINE_DATA_DIR, dataDir, or the home's data folder", async () => {
		const p = await place({});
		expect(dataDir(p)).toBe(join(p.home, ".local/share/faultline"));
		expect(dataDir({ ...p, env: { XDG_DATA_HOME: "/x" } })).toBe("/x/faultline");
		expect(dataDir({ ...p, env: { FAULTLINE_DATA_DIR: "data" } })).toBe(join(p.cwd, "data"));
		const { config } = parseConfig("sources: {kubernetes: {}}\ndataDir: /d", {});
		expect(dataDir(p, config)).toBe("/d");
	});
});

describe("settings of a source that have no name of their own", () => {
	it("are passed on by the names of its README, secrets interpolated; what is none is told", () => {
		const text = (name: string) =>
			`sources: {cloudwatch: {region: eu-west-1, env: {${name}: "prod=eu-west-1@ops", AWS_REGION: "us-east-1"}}}`;
		const { config, problems } = parseConfig(text("FAULTLINE_CLOUDWATCH_ACCOUNTS"), {});
		expect(problems).toEqual([]);
		expect(sourceEnv("cloudwatch", config?.sources.cloudwatch ?? expect.fail(), {})).toMatchObject({
			FAULTLINE_CLOUDWATCH_ACCOUNTS: "prod=eu-west-1@ops",
			AWS_REGION: "eu-west-1",
		});
		expect(told(text("LD_PRELOAD")).join()).toContain("LD_PRELOAD");
	});
});

describe("sourceEnv", () => {
	const env = {
		PATH: "/bin",
		HOME: "/h",
		SENTRY_AUTH_TOKEN: "theirs",
		AWS_SECRET_ACCESS_KEY: "aws",
		ANTHROPIC_API_KEY: "key",
		KUBECONFIG: "/default",
		HTTPS_PROXY: "http://proxy",
	};

	it("gives each source its own settings and no other's secret", () => {
		const grafana = sourceEnv("grafana", { url: "http://g", token: "t", datasources: ["a", "b"], queries: ["up", "rate(x[5m])"] }, env);
		expect(grafana).toEqual({
			PATH: "/bin",
			HOME: "/h",
			HTTPS_PROXY: "http://proxy",
			GRAFANA_URL: "http://g",
			GRAFANA_SERVICE_ACCOUNT_TOKEN: "t",
			FAULTLINE_GRAFANA_DATASOURCES: "a,b",
			FAULTLINE_GRAFANA_QUERIES: "up;rate(x[5m])",
		});
		const sentry = sourceEnv("sentry", { organization: "acme", token: "mine", projects: [] }, env);
		expect(sentry).toMatchObject({ SENTRY_ORG: "acme", SENTRY_AUTH_TOKEN: "mine" });
		expect(JSON.stringify([sentry, grafana])).not.toMatch(/aws|key|theirs/);
	});

	it("leaves what the configuration does not say to the environment, where that source reads it", () => {
		expect(sourceEnv("kubernetes", { namespaces: ["a", "b"] }, env)).toMatchObject({
			KUBECONFIG: "/default",
			FAULTLINE_KUBERNETES_NAMESPACES: "a,b",
		});
		const cloudwatch = sourceEnv("cloudwatch", { region: "eu-west-1", logGroups: [], namespaces: [] }, env);
		expect(cloudwatch).toMatchObject({ AWS_REGION: "eu-west-1", AWS_SECRET_ACCESS_KEY: "aws" });
		expect(cloudwatch).not.toHaveProperty("FAULTLINE_CLOUDWATCH_LOG_GROUPS");
	});
});

describe("composeConfig", () => {
	it("writes what reads back without problems, and no secret", () => {
		const answers = {
			kubernetes: { context: "prod: x", namespaces: ["shop"] },
			sentry: { organization: "acme" },
			cloudwatch: {},
			grafana: { url: "https://g.example" },
		};
		const text = composeConfig(answers);
		expect(neededVariables(answers)).toEqual(["SENTRY_AUTH_TOKEN", "GRAFANA_SERVICE_ACCOUNT_TOKEN"]);
		const { config, problems } = parseConfig(text, { SENTRY_AUTH_TOKEN: "a", GRAFANA_SERVICE_ACCOUNT_TOKEN: "b" });
		expect(problems).toEqual([]);
		expect(config?.sources).toMatchObject({
			kubernetes: { context: "prod: x" },
			sentry: { token: "a" },
			cloudwatch: {},
			grafana: { token: "b" },
		});
	});

	it("makes the block for Claude Desktop", () => {
		const block = JSON.parse(claudeDesktopBlock("/usr/bin/node", ["/f.js", "mcp"], ["SENTRY_AUTH_TOKEN"]));
		expect(block.mcpServers.faultline).toEqual({
			command: "/usr/bin/node",
			args: ["/f.js", "mcp"],
			env: { SENTRY_AUTH_TOKEN: "<your SENTRY_AUTH_TOKEN>" },
		});
	});
});

describe("nearest", () => {
	it.each([
		["fromat", "format"],
		["kubernets", "kubernetes"],
		["TOKEN", "token"],
		["xyz", undefined],
	])("%s is near %s", (word, expected) => {
		expect(nearest(word, ["format", "kubernetes", "token", "url"])).toBe(expected);
	});
});
