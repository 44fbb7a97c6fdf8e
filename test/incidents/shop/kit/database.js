import pg from "pg";
import { environment } from "./environment.config.js";
import { gauge } from "./requests.js";
import { withSpan } from "./trace.js";

/** A pool of connections to the shop's database, its queries within client spans named by verb and table. */
export function openDatabase({ max = 4, log }) {
	const pool = new pg.Pool({
		connectionString: environment.database,
		application_name: environment.service,
		max,
		idleTimeoutMillis: 10_000,
		maxLifetimeSeconds: 45,
		connectionTimeoutMillis: 2000,
	});
	pool.on("error", (error) => log.warn("idle database connection lost", { reason: error.message }));
	gauge("db.client.connections.in_use", () => pool.totalCount - pool.idleCount);
	gauge("db.client.connections.pending", () => pool.waitingCount);
	const { hostname, port, pathname } = new URL(environment.database);
	const peer = {
		"span.kind": "client",
		"peer.service": "postgres",
		"db.system.name": "postgresql",
		"server.address": hostname,
		"server.port": Number(port),
	};
	return {
		/** `what` names the statement ("SELECT products"). */
		query(what, text, values = []) {
			const attributes = { ...peer, "db.namespace": pathname.slice(1), "db.operation.name": what.split(" ")[0] };
			return withSpan(what, attributes, async () => (await pool.query(text, values)).rows);
		},
		ping: () => pool.query("SELECT 1"),
		close: () => pool.end(),
	};
}
