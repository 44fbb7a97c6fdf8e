import { Redis } from "ioredis";
import { environment } from "./environment.config.js";
import { withSpan } from "./trace.js";

/** A client of the shop's Redis, its commands within client spans. */
export function openRedis({ log }) {
	const redis = new Redis(environment.redis, {
		maxRetriesPerRequest: 1,
		connectTimeout: 2000,
		commandTimeout: 2000,
		connectionName: environment.service,
	});
	redis.on("error", (error) => log.warn("redis connection error", { reason: error.message || error.code }));
	const { hostname, port } = new URL(environment.redis);
	const peer = {
		"span.kind": "client",
		"peer.service": "redis",
		"db.system.name": "redis",
		"server.address": hostname,
		"server.port": Number(port),
	};
	return {
		command: (name, ...args) => withSpan(name, { ...peer, "db.operation.name": name }, () => redis.call(name, ...args)),
		ping: () => redis.ping(),
		close: () => redis.quit(),
	};
}
