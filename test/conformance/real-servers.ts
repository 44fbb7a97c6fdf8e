import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CLI = join(import.meta.dirname, "../../apps/cli/src/main.ts");

/** What every server is asked to pass; they need nothing from an upstream. */
const SCENARIOS = ["server-initialize", "ping", "tools-list", "dns-rebinding-protection"];

export interface RealServer {
	name: string;
	/** Scenarios of the conformance suite that apply to what it offers. */
	scenarios: readonly string[];
	/** Its environment, given a folder for files and the URL of an upstream on which nobody listens. */
	env(folder: string, url: string): Record<string, string>;
}

/** The five servers of the product, as `faultline mcp <name>` starts them. */
export const REAL_SERVERS: readonly RealServer[] = [
	{ name: "orchestrator", scenarios: [...SCENARIOS, "resources-list", "prompts-list"], env: (folder) => ({ FAULTLINE_DATA_DIR: folder }) },
	{ name: "kubernetes", scenarios: SCENARIOS, env: (folder, url) => ({ KUBECONFIG: writeKubeconfig(folder, url) }) },
	{
		name: "sentry",
		scenarios: SCENARIOS,
		env: (_folder, url) => ({ SENTRY_URL: url, SENTRY_AUTH_TOKEN: "sntrys_test", SENTRY_ORG: "acme" }),
	},
	{
		name: "cloudwatch",
		scenarios: SCENARIOS,
		env: (_folder, url) => ({ AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" }),
	},
	{ name: "grafana", scenarios: SCENARIOS, env: (_folder, url) => ({ GRAFANA_URL: url, GRAFANA_SERVICE_ACCOUNT_TOKEN: "glsa_test" }) },
];

export interface RunningServer {
	/** Over Streamable HTTP. */
	url: string;
	/** The same server over stdio, as a client's configuration names it. */
	stdio: { command: string; args: string[]; env: Record<string, string> };
	close(): Promise<void>;
}

/** Starts a server as its own process on a free port, away from this machine's configuration. */
export async function startServer(server: RealServer): Promise<RunningServer> {
	const folder = mkdtempSync(join(tmpdir(), "faultline-server-"));
	const env = { PATH: process.env.PATH ?? "", HOME: folder, ...server.env(folder, await refusingUrl()) };
	const child = spawn(process.execPath, [CLI, "mcp", server.name, "--http", "0"], { env, cwd: folder });
	let said = "";
	const url = new Promise<string>((resolve, reject) => {
		for (const stream of [child.stdout, child.stderr]) {
			stream.on("data", (chunk: Buffer) => {
				said += chunk.toString();
				const found = /listening on (\S+)\n/.exec(said)?.[1];
				if (found !== undefined) resolve(found);
			});
		}
		child.once("close", () => reject(new Error(`${server.name} ended: ${said}`)));
	});
	const ended = once(child, "close");
	const close = async () => {
		child.kill("SIGTERM");
		await ended;
		rmSync(folder, { recursive: true, force: true });
	};
	return { url: await url, stdio: { command: process.execPath, args: [CLI, "mcp", server.name], env }, close };
}

function writeKubeconfig(folder: string, url: string): string {
	const path = join(folder, "kubeconfig.json");
	const named = { name: "test" };
	const config = {
		apiVersion: "v1",
		kind: "Config",
		"current-context": "test",
		clusters: [{ ...named, cluster: { server: url } }],
		users: [{ ...named, user: { token: "test" } }],
		contexts: [{ ...named, context: { cluster: "test", user: "test" } }],
	};
	writeFileSync(path, JSON.stringify(config));
	return path;
}

async function refusingUrl(): Promise<string> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	server.close();
	await once(server, "close");
	return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}
