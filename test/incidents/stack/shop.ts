import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nginxSampler } from "../telemetry/backing-metrics.ts";
import { edgeSpan, readLine } from "../telemetry/log-lines.ts";
import type { Notebook } from "../telemetry/notebook.ts";
import { openSpanCollector } from "../telemetry/span-collector.ts";
import { type Child, startChild } from "./child.ts";
import { startNginx } from "./nginx.ts";
import { freePorts } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import { findPrograms } from "./programs.ts";
import { startRedis } from "./redis.ts";
import { openSlowLink, type SlowLink } from "./slow-link.ts";
import { createSourceRepository, type SourceRepository } from "./source-repository.ts";
import { createSupervisor, type Supervisor } from "./supervisor.ts";

const HERE = join(import.meta.dirname, "..");
const SERVICES = ["storefront", "catalog", "recommendations", "cart", "orders", "payments"] as const;
const SERVERS = ["nginx", "nginxStatus", "postgres", "redis", "acquirer"] as const;

export interface ShopLimits {
	postgresConnections: number;
	redisMegabytes: number;
}

/** The running shop, with what the recorder needs to change it and to look at it. */
export interface Shop {
	origin: string;
	ports: Record<(typeof SERVICES)[number] | (typeof SERVERS)[number], number>;
	repository: SourceRepository;
	/** The settings and flags that the running services read. */
	configDir: string;
	supervisor: Supervisor;
	acquirerLink: SlowLink;
	edge: ReturnType<typeof nginxSampler>;
	pids: { nginx: number; postgres: number; redis: number };
	/** Runs a program of somebody else's beside the shop. */
	runOutside(program: string, ...args: string[]): Child;
	stop(): Promise<void>;
}

function makeRoot(): string {
	const root = mkdtempSync(join(tmpdir(), "shop-"));
	chmodSync(root, 0o755);
	symlinkSync(join(HERE, "..", "node_modules"), join(root, "node_modules"));
	return root;
}

function serviceSettings(ports: Shop["ports"], acquirerPort: number, collector: string, configDir: string) {
	const url = (port: number): string => `http://127.0.0.1:${port}`;
	const peers = { ...Object.fromEntries(SERVICES.map((name) => [name, url(ports[name])])), acquirer: url(acquirerPort) };
	return SERVICES.map((name) => ({
		name,
		port: ports[name],
		env: {
			PEERS: JSON.stringify(peers),
			COLLECTOR_URL: collector,
			CONFIG_DIR: configDir,
			DATABASE_URL: `postgres://${name}@127.0.0.1:${ports.postgres}/shop`,
			REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
		},
	}));
}

/** What has been started so far, ended in the reverse order, whatever fails. */
function createStopper(): { add<T>(thing: T, stop: () => unknown): T; stop(): Promise<void> } {
	const stops: (() => unknown)[] = [];
	return {
		add(thing, stop) {
			stops.push(stop);
			return thing;
		},
		async stop() {
			for (const stop of stops.splice(0).reverse()) await Promise.resolve(stop()).catch(() => undefined);
		},
	};
}

/** Starts the whole shop on free ports, its data in a folder of its own that `stop` removes. What it says goes into `notebook`. */
export async function startShop(limits: ShopLimits, notebook: Notebook): Promise<Shop> {
	const programs = findPrograms();
	const stopper = createStopper();
	const root = makeRoot();
	stopper.add(root, () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));
	try {
		return await startAll();
	} catch (error) {
		await stopper.stop();
		throw error;
	}

	async function startAll(): Promise<Shop> {
		const ports = await freePorts([...SERVICES, ...SERVERS]);
		const edge = nginxSampler(ports.nginxStatus);
		const logOf =
			(service: string) =>
			(line: string): void => {
				if (line.trim() !== "") notebook.logs.push(readLine(line, { service }));
			};
		const stoppable = (child: Child): Child => stopper.add(child, () => child.stop());
		const runOutside = (program: string, ...args: string[]): Child =>
			stoppable(startChild({ command: process.execPath, args: [join(HERE, "outside", program), ...args] }));

		const schemaFile = join(HERE, "shop", "schema.sql");
		const postgresOptions = {
			programs,
			folder: join(root, "postgres"),
			port: ports.postgres,
			maxConnections: limits.postgresConnections,
			schemaFile,
		};
		const postgres = await startPostgres({ ...postgresOptions, onStart: stoppable, onLine: logOf("postgres") });
		const redisOptions = { programs, folder: join(root, "redis"), port: ports.redis, maxMemoryMb: limits.redisMegabytes };
		const redis = await startRedis({ ...redisOptions, onStart: stoppable, onLine: logOf("redis") });
		runOutside("acquirer.js", String(ports.acquirer));
		const acquirerLink = await openSlowLink(ports.acquirer);
		stopper.add(acquirerLink, () => acquirerLink.close());
		const collector = await openSpanCollector((span) => notebook.spans.push(span));
		stopper.add(collector, () => collector.close());

		const repository = createSourceRepository(programs.git, root, join(HERE, "shop"));
		const configDir = join(root, "config");
		cpSync(join(repository.folder, "config"), configDir, { recursive: true });
		const settings = serviceSettings(ports, acquirerLink.port, collector.url, configDir);
		const supervisor = createSupervisor(settings, notebook, (record) => notebook.logs.push(record));
		stopper.add(supervisor, () => supervisor.stop());
		const commit = repository.head();
		const folder = repository.checkout(commit);
		for (const name of SERVICES.toReversed()) await supervisor.rollOut(name, folder, commit);

		const onAccess = (line: string): void => {
			const record = readLine(line, { service: "nginx" });
			edge.observe(record);
			notebook.logs.push(record);
			const span = edgeSpan(line);
			if (span !== undefined) notebook.spans.push(span);
		};
		mkdirSync(join(root, "nginx"));
		writeFileSync(join(root, "nginx", "access.log"), "");
		const nginxOptions = {
			programs,
			folder: join(root, "nginx"),
			port: ports.nginx,
			statusPort: ports.nginxStatus,
			upstreamPort: ports.storefront,
		};
		const nginx = stoppable(startNginx({ ...nginxOptions, onLine: onAccess }));
		return {
			origin: `http://127.0.0.1:${ports.nginx}`,
			ports,
			repository,
			configDir,
			supervisor,
			acquirerLink,
			edge,
			pids: { nginx: nginx.pid, postgres: postgres.pid, redis: redis.pid },
			runOutside,
			stop: () => stopper.stop(),
		};
	}
}
