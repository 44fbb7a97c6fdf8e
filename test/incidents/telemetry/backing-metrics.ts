import type { Redis } from "ioredis";
import type pg from "pg";
import type { LogRecord } from "./notebook.ts";

/** What the backing servers say of themselves, as figures of one interval. Counters become rates per second. */

type Figures = Record<string, number>;

function rates(): (counters: Figures) => Figures {
	let last: { counters: Figures; at: number } | undefined;
	return (counters) => {
		const now = performance.now();
		const seconds = last === undefined ? 1 : (now - last.at) / 1000;
		const before = last?.counters ?? counters;
		last = { counters, at: now };
		return Object.fromEntries(
			Object.entries(counters).map(([name, value]) => [name, Math.max(0, (value - (before[name] ?? value)) / seconds)]),
		);
	};
}

const CONNECTIONS = `SELECT count(*)::int AS total,
	count(*) FILTER (WHERE state = 'active' AND pid <> pg_backend_pid())::int AS active,
	count(*) FILTER (WHERE state LIKE 'idle in transaction%')::int AS idle_in_transaction,
	count(*) FILTER (WHERE wait_event_type = 'Lock')::int AS waiting,
	coalesce(max(extract(epoch FROM now() - xact_start)) FILTER (WHERE pid <> pg_backend_pid()), 0)::float AS longest
	FROM pg_stat_activity WHERE backend_type = 'client backend'`;
const DATABASE = `SELECT xact_commit::float AS commits, xact_rollback::float AS rollbacks, tup_returned::float AS returned, blks_hit::float AS hits, blks_read::float AS reads,
	pg_database_size(datname)::float AS size FROM pg_stat_database WHERE datname = 'shop'`;

/** PostgreSQL's own figures, asked over the superuser's connection. */
export function postgresSampler(client: pg.Client): () => Promise<Figures> {
	const perSecond = rates();
	return async () => {
		const { rows: limits } = await client.query("SHOW max_connections");
		const { rows: connections } = await client.query(CONNECTIONS);
		const { rows: totals } = await client.query(DATABASE);
		const [c, t] = [connections[0], totals[0]];
		const rate = perSecond({ commits: t.commits, rollbacks: t.rollbacks, returned: t.returned });
		return {
			"postgresql.connections": c.total,
			"postgresql.connections.max": Number(limits[0].max_connections),
			"postgresql.connections.active": c.active,
			"postgresql.connections.idle_in_transaction": c.idle_in_transaction,
			"postgresql.connections.waiting_for_lock": c.waiting,
			"postgresql.transaction.longest": c.longest,
			"postgresql.commits": rate.commits ?? 0,
			"postgresql.rollbacks": rate.rollbacks ?? 0,
			"postgresql.rows.returned": rate.returned ?? 0,
			"postgresql.cache.hit_ratio": t.hits / Math.max(1, t.hits + t.reads),
			"postgresql.database.size": t.size,
		};
	};
}

/** Redis's INFO. */
export function redisSampler(client: Redis): () => Promise<Figures> {
	const perSecond = rates();
	return async () => {
		const info = Object.fromEntries((await client.info()).split("\r\n").map((line) => line.split(":", 2))) as Record<string, string>;
		const figure = (name: string): number => Number(info[name] ?? 0);
		const rate = perSecond({
			commands: figure("total_commands_processed"),
			errors: figure("total_error_replies"),
			hits: figure("keyspace_hits"),
			misses: figure("keyspace_misses"),
			expired: figure("expired_keys"),
		});
		return {
			"redis.memory.used": figure("used_memory"),
			"redis.memory.max": figure("maxmemory"),
			"redis.memory.rss": figure("used_memory_rss"),
			"redis.clients.connected": figure("connected_clients"),
			"redis.keys": Number(/keys=(\d+)/.exec(info.db0 ?? "")?.[1] ?? 0),
			"redis.keys.evicted": figure("evicted_keys"),
			"redis.connections.rejected": figure("rejected_connections"),
			"redis.commands": rate.commands ?? 0,
			"redis.error_replies": rate.errors ?? 0,
			"redis.keyspace.hits": rate.hits ?? 0,
			"redis.keyspace.misses": rate.misses ?? 0,
			"redis.keys.expired": rate.expired ?? 0,
		};
	};
}

/** nginx's status page, and the answers of its access log since the last call. */
export function nginxSampler(statusPort: number): { observe(record: LogRecord): void; sample(): Promise<Figures> } {
	const perSecond = rates();
	let statuses: number[] = [];
	let durations: number[] = [];
	return {
		observe(record) {
			const [, status, seconds] = /" (\d{3}) .* rt=([\d.]+) /.exec(record.body) ?? [];
			if (status === undefined) return;
			statuses.push(Number(status));
			durations.push(Number(seconds) * 1000);
		},
		async sample() {
			const text = await (await fetch(`http://127.0.0.1:${statusPort}/`)).text();
			const [, accepts = 0, , requests = 0] = (/\n (\d+) (\d+) (\d+)/.exec(text) ?? []).map(Number);
			const rate = perSecond({ accepts, requests });
			const share = (from: number): number => statuses.filter((s) => s >= from && s < from + 100).length / Math.max(1, statuses.length);
			const sorted = durations.sort((a, b) => a - b);
			const p95 = sorted[Math.floor(0.95 * sorted.length)];
			const figures = {
				"nginx.connections.active": Number(/Active connections: (\d+)/.exec(text)?.[1] ?? 0),
				"nginx.requests": rate.requests ?? 0,
				"nginx.connections.accepted": rate.accepts ?? 0,
				...(statuses.length === 0 ? {} : { "nginx.responses.4xx.ratio": share(400), "nginx.responses.5xx.ratio": share(500) }),
				...(p95 === undefined ? {} : { "nginx.request.duration.p95": p95 }),
			};
			statuses = [];
			durations = [];
			return figures;
		},
	};
}
