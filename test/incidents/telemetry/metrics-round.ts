import { Redis } from "ioredis";
import { superuser } from "../stack/postgres.ts";
import type { Shop } from "../stack/shop.ts";
import { createRuleEvaluator } from "./alert-rules.ts";
import { postgresSampler, redisSampler } from "./backing-metrics.ts";
import type { Notebook } from "./notebook.ts";
import { usageSampler } from "./process-usage.ts";

const UNITS: readonly [RegExp, string][] = [
	[/ratio$|utilization$/, "1"],
	[/duration|delay/, "ms"],
	[/^postgresql\.transaction\.longest$/, "s"],
	[
		/^postgresql\.(commits|rollbacks|rows\.returned)$|^redis\.(commands|error_replies|keyspace\.\w+|keys\.expired)$|^nginx\.(requests|connections\.accepted)$|request\.rate$/,
		"1/s",
	],
	[/memory|heap|database\.size/, "By"],
];

const unitOf = (metric: string): string => UNITS.find(([pattern]) => pattern.test(metric))?.[1] ?? "{count}";

type Figures = Record<string, number>;

/** Samples every service and every server each `everyMs`, writes the figures down, and evaluates the alert rules over them. */
export async function openMetrics(shop: Shop, notebook: Notebook, everyMs: number): Promise<{ stop(): Promise<void> }> {
	const database = superuser(shop.ports.postgres);
	await database.connect();
	const cache = new Redis({ port: shop.ports.redis, host: "127.0.0.1", connectionName: "redis_exporter" });
	cache.on("error", () => undefined);
	const [postgres, redis] = [postgresSampler(database), redisSampler(cache)];
	const [postgresUsage, redisUsage, nginxUsage] = [shop.pids.postgres, shop.pids.redis, shop.pids.nginx].map((pid) =>
		usageSampler(() => pid),
	);
	const evaluate = createRuleEvaluator((alert) => notebook.alerts.push(alert));
	const write = (time: string, resource: string, figures: Figures | undefined): void => {
		if (figures === undefined) return;
		for (const [metric, value] of Object.entries(figures)) {
			notebook.metrics.push({ time, resource, metric, unit: unitOf(metric), value: Number(value.toPrecision(4)) });
		}
		evaluate(time, resource, figures);
	};
	const round = async (): Promise<void> => {
		const time = new Date().toISOString();
		const none = (): undefined => undefined;
		const services = shop.supervisor.services.map(async (name) => write(time, name, await shop.supervisor.scrape(name)));
		const servers = [
			postgres().then((figures) => write(time, "postgres", { ...figures, ...postgresUsage?.() }), none),
			redis().then((figures) => write(time, "redis", { ...figures, ...redisUsage?.() }), none),
			shop.edge.sample().then((figures) => write(time, "nginx", { ...figures, ...nginxUsage?.() }), none),
		];
		await Promise.all([...services, ...servers]);
	};
	await round();
	notebook.metrics.length = 0; // The first round covers the start, and has no interval of its own.
	let going: Promise<void> = Promise.resolve();
	const timer = setInterval(() => {
		going = going.then(round);
	}, everyMs);
	return {
		async stop() {
			clearInterval(timer);
			await going;
			cache.disconnect();
			await database.end().catch(() => undefined);
		},
	};
}
