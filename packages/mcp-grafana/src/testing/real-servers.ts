import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { freePort } from "./free-port.ts";

const toolchain = new URL("../../../../.toolchain/", import.meta.url).pathname;
/** Built by `node scripts/loki.mjs`: no package of Debian's has it (its "loki" is another program), and the first build takes minutes. */
export const LOKI = join(toolchain, "loki/loki");
/** Built by `node scripts/grafana.mjs`, which takes longer. */
export const GRAFANA = join(toolchain, "grafana/grafana");

/** A server that runs, and how to end it. */
export interface Running {
	url: string;
	stop(): Promise<void>;
}

const config = (folder: string, port: number, grpc: number) => `
auth_enabled: false
analytics: {reporting_enabled: false}
server: {http_listen_address: 127.0.0.1, http_listen_port: ${port}, grpc_listen_address: 127.0.0.1, grpc_listen_port: ${grpc}, log_level: error}
common:
  instance_addr: 127.0.0.1
  path_prefix: ${folder}
  replication_factor: 1
  storage: {filesystem: {chunks_directory: ${folder}/chunks, rules_directory: ${folder}/rules}}
  ring: {kvstore: {store: inmemory}}
schema_config:
  configs: [{from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {prefix: index_, period: 24h}}]
pattern_ingester: {enabled: true}
limits_config: {ingestion_rate_mb: 64, allow_structured_metadata: true}
`;

function ending(child: ChildProcess, signal: NodeJS.Signals): () => Promise<void> {
	const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
	child.once("error", () => undefined);
	return async () => {
		child.kill(signal);
		await ended;
	};
}

async function answers(url: string, timeout: number): Promise<void> {
	await vi.waitFor(async () => expect((await fetch(url)).status).toBe(200), { timeout, interval: 300 });
}

/** A Loki of its own in `folder`. */
export async function startLoki(folder: string): Promise<Running> {
	const [port, grpc] = [await freePort(), await freePort()];
	writeFileSync(join(folder, "loki.yaml"), config(folder, port, grpc));
	const child = spawn(LOKI, [`-config.file=${join(folder, "loki.yaml")}`], { stdio: "ignore", cwd: folder });
	const stop = ending(child, "SIGKILL");
	const url = `http://127.0.0.1:${port}`;
	await answers(`${url}/ready`, 90_000);
	return { url, stop };
}

function mustRun(command: string, args: string[]): void {
	const { error, status, stderr } = spawnSync(command, args, { encoding: "utf8" });
	if (error) throw new Error(`${command} cannot be run (${error.message}). Install it: apt-get install prometheus`);
	if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}

/** A Prometheus that holds what a text of OpenMetrics says. */
export async function startPrometheus(folder: string, openMetrics: string): Promise<Running> {
	writeFileSync(join(folder, "metrics.txt"), openMetrics);
	writeFileSync(join(folder, "prometheus.yml"), "scrape_configs: []\n");
	mustRun("promtool", ["tsdb", "create-blocks-from", "openmetrics", join(folder, "metrics.txt"), join(folder, "data")]);
	const port = await freePort();
	const child = spawn(
		"prometheus",
		[
			`--config.file=${join(folder, "prometheus.yml")}`,
			`--storage.tsdb.path=${join(folder, "data")}`,
			`--web.listen-address=127.0.0.1:${port}`,
		],
		{ stdio: "ignore" },
	);
	const stop = ending(child, "SIGTERM");
	const url = `http://127.0.0.1:${port}`;
	await answers(`${url}/-/ready`, 30_000);
	return { url, stop };
}

/** A Grafana of its own in `folder`, with a new database; its administrator is admin:admin. `env` are its settings (GF_...). */
export async function startGrafana(folder: string, env: Record<string, string>): Promise<Running> {
	for (const part of ["data", "logs", "plugins", "provisioning"]) mkdirSync(join(folder, part), { recursive: true });
	const port = await freePort();
	const child = spawn(GRAFANA, ["server", "--homepath", join(toolchain, "grafana")], {
		stdio: "ignore",
		env: {
			...process.env,
			GF_PATHS_DATA: join(folder, "data"),
			GF_PATHS_LOGS: join(folder, "logs"),
			GF_PATHS_PLUGINS: join(folder, "plugins"),
			GF_PATHS_PROVISIONING: join(folder, "provisioning"),
			GF_SERVER_HTTP_ADDR: "127.0.0.1",
			GF_SERVER_HTTP_PORT: String(port),
			GF_ANALYTICS_REPORTING_ENABLED: "false",
			GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
			GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
			...env,
		},
	});
	const stop = ending(child, "SIGKILL");
	const url = `http://127.0.0.1:${port}`;
	await answers(`${url}/api/health`, 150_000);
	return { url, stop };
}
