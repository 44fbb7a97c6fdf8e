import { type Action, findNamespace, onWorkload } from "./action.ts";
import { isKubernetesName } from "./identifier.ts";
import type { Situation } from "./situation.ts";

/** A server that keeps data: by what the graph says it is, or by its own words. */
const keepsData = (s: Situation) => s.cause.kind === "database" || s.engine === "postgres" || s.engine === "mysql";

/** A name that can be a host's, else a variable for the reader to set. */
const hostOf = (s: Situation) => (isKubernetesName(s.target) ? s.target : '"$HOST"');

const BUSY_SESSIONS = {
	postgres: `In psql: SELECT state, usename, application_name, client_addr, count(*), max(now() - state_change) AS longest FROM pg_stat_activity GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC;`,
	mysql: "In mysql: SELECT user, host, command, count(*), max(time) FROM information_schema.processlist GROUP BY 1, 2, 3 ORDER BY 4 DESC;",
} as const;

function sessionsOf(s: Situation): string {
	if (s.engine === "postgres" || s.engine === "mysql") return BUSY_SESSIONS[s.engine];
	return `List the sessions of ${s.target} by client and by how long they have been idle.`;
}

export const terminateIdleSessions: Action = {
	id: "terminate-idle-database-sessions",
	risk: "medium",
	applies: (s) => s.mechanism === "connections-exhausted" && keepsData(s),
	propose: (s) => ({
		title: `End the idle sessions of ${s.target}`,
		why: "idle sessions hold connections that working ones wait for.",
		precheck: [sessionsOf(s), "See which client holds the most, and that the sessions to be ended are idle and not replication or backup."],
		steps:
			s.engine === "postgres"
				? [
						"In psql: SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND state IN ('idle', 'idle in transaction') AND state_change < now() - interval '5 minutes' AND pid <> pg_backend_pid();",
					]
				: s.engine === "mysql"
					? ["In mysql: KILL each id of information_schema.processlist with command 'Sleep' and time over 300."]
					: [`End the sessions of ${s.target} that have been idle for more than 5 minutes.`],
		undo: "Clients connect again by themselves; a transaction that was open and idle is rolled back and has to be repeated.",
		success: ["Connections in use fall well below the limit and stay there for 10 minutes; the refusals stop."],
	}),
};

export const capClientPools: Action = {
	id: "cap-connection-pools",
	risk: "medium",
	applies: (s) => s.mechanism === "connections-exhausted",
	propose: (s) => ({
		title: keepsData(s) ? `Cap the connection pools of the clients of ${s.target}` : `Correct the connection pool of ${s.target}`,
		why: keepsData(s)
			? "together the clients may open more connections than the server has."
			: "its pool has no free connection: it is too small, or connections are not given back.",
		precheck: [
			keepsData(s) ? sessionsOf(s) : `Compare the pool size of ${s.target} with the connections that are in use and waited for.`,
			"Multiply each client's pool size by its number of instances; the sum must stay below the server's limit.",
		],
		steps: [
			"Lower the pool size of the client that holds the most (or raise it where the pool, not the server, is the limit), and deploy it.",
		],
		undo: "Deploy the earlier pool size again.",
		success: ["Nobody waits for a connection, and the server keeps a fifth of its connections free, for 10 minutes."],
	}),
};

export const raiseConnectionLimit: Action = {
	id: "raise-connection-limit",
	risk: "high",
	applies: (s) => s.mechanism === "connections-exhausted" && keepsData(s),
	propose: (s) => ({
		title: `Raise the connection limit of ${s.target}`,
		why: "more connections give room until the client that takes too many is mended.",
		precheck: [
			s.engine === "postgres"
				? "In psql: SHOW max_connections; SHOW shared_buffers; SHOW work_mem;"
				: s.engine === "mysql"
					? "In mysql: SHOW VARIABLES LIKE 'max_connections';"
					: `Look up the connection limit of ${s.target}.`,
			"Each connection costs memory: check that the server has it.",
		],
		steps:
			s.engine === "postgres"
				? [
						`In psql: ALTER SYSTEM SET max_connections = <half as many again>;`,
						`Restart ${s.target}: the limit is read at start, and every session ends.`,
					]
				: s.engine === "mysql"
					? ["In mysql: SET GLOBAL max_connections = <half as many again>;"]
					: [`Set the higher limit in the configuration of ${s.target}; most servers read it at start.`],
		undo: s.engine === "postgres" ? "In psql: ALTER SYSTEM RESET max_connections; and restart." : "Set the earlier limit again.",
		success: ["The refusals stop, and the server's memory stays below its limit."],
	}),
};

export const cancelSlowQueries: Action = {
	id: "cancel-long-queries",
	risk: "medium",
	applies: (s) =>
		(s.mechanism === "slow-queries" || s.mechanism === "lock-contention" || (s.mechanism === "cpu-saturated" && keepsData(s))) &&
		(keepsData(s) || s.cause.kind !== "node"),
	propose: (s) => ({
		title: keepsData(s) ? `Cancel the longest queries of ${s.target}` : `Cancel the longest queries that ${s.target} runs`,
		why:
			s.mechanism === "lock-contention"
				? "the session at the head of the queue holds the lock that the others wait for."
				: "a few queries take what all the others need.",
		precheck: [
			s.engine === "mysql"
				? "In mysql: SELECT id, user, time, state, left(info, 200) FROM information_schema.processlist WHERE command <> 'Sleep' ORDER BY time DESC LIMIT 10;"
				: s.engine === "postgres"
					? "In psql: SELECT pid, usename, now() - query_start AS running, wait_event_type, pg_blocking_pids(pid), left(query, 200) FROM pg_stat_activity WHERE state <> 'idle' ORDER BY query_start LIMIT 10;"
					: "List the longest running queries and who blocks whom.",
			"Find out who runs them: a migration or a backup may have to finish.",
		],
		steps: [
			s.engine === "mysql"
				? "In mysql: KILL QUERY <id>;"
				: s.engine === "postgres"
					? "In psql: SELECT pg_cancel_backend(<pid>);"
					: "Cancel the query at the head of that list.",
			"Then add the missing index, or turn off the caller that sends them.",
		],
		undo: "The caller repeats the query; what it had changed is rolled back.",
		success: ["Answer times and load return to what they were within 5 minutes, and the same query does not come back."],
	}),
};

export const extendStorage: Action = {
	id: "extend-storage",
	risk: "medium",
	applies: (s) => s.mechanism === "disk-full",
	propose: (s) => ({
		title: `Free or add disk space for ${s.target}`,
		why: "writes go through again once there is space.",
		precheck:
			s.platform === "aws"
				? [
						`aws rds describe-db-instances --db-instance-identifier ${s.target} --query 'DBInstances[0].[AllocatedStorage,MaxAllocatedStorage,StorageType,DBInstanceStatus]'`,
						"Look for what grows: logs, an unused replication slot, temporary files.",
					]
				: [
						...onWorkload(s, (_, w) => [findNamespace(w.kind, w.name), `kubectl get persistentvolumeclaims --namespace "$NS"`], []),
						"Look for what grows: logs, an unused replication slot, temporary files.",
					],
		steps:
			s.platform === "aws"
				? [
						`aws rds modify-db-instance --db-instance-identifier ${s.target} --allocated-storage "$GIB" --apply-immediately  # a fifth more than now`,
					]
				: [
						"Remove what is certainly not needed (rotated logs, old temporary files), then",
						...onWorkload(
							s,
							() => [
								`kubectl edit persistentvolumeclaim "$CLAIM" --namespace "$NS"  # raise spec.resources.requests.storage; the storage class must allow it`,
							],
							[`enlarge the volume of ${s.target}.`],
						),
					],
		undo: "Added storage cannot be taken back; what was removed is in the last backup.",
		success: ["A fifth of the disk is free and writes succeed; use grows no faster than before."],
	}),
};

export const raiseCacheMemory: Action = {
	id: "raise-cache-memory",
	risk: "medium",
	applies: (s) => s.mechanism === "memory-exhausted" && s.engine === "redis",
	propose: (s) => ({
		title: `Give ${s.target} more memory, or let it evict`,
		why: "at its memory limit it refuses writes unless a policy lets it drop old keys.",
		precheck: [
			`redis-cli -h ${hostOf(s)} INFO memory`,
			`redis-cli -h ${hostOf(s)} CONFIG GET maxmemory-policy`,
			`redis-cli -h ${hostOf(s)} --bigkeys`,
			"Find out whether its keys may be lost: a cache's may, a queue's may not.",
		],
		steps: [
			`redis-cli -h ${hostOf(s)} CONFIG SET maxmemory "$BYTES"  # no more than the machine or its memory limit has free`,
			`or, only where every key may be lost: redis-cli -h ${hostOf(s)} CONFIG SET maxmemory-policy allkeys-lru`,
			"Then find the keys without an expiry that fill it, and write the setting into its configuration.",
		],
		undo: `redis-cli -h ${hostOf(s)} CONFIG SET maxmemory and maxmemory-policy to the values noted before; evicted keys do not come back.`,
		success: ["Writes succeed, and used memory stays below the limit for 15 minutes."],
	}),
};

export const failOver: Action = {
	id: "fail-over",
	risk: "high",
	applies: (s) => (s.mechanism === "node-down" || s.mechanism === "storage-slow") && keepsData(s),
	propose: (s) => ({
		title: `Fail ${s.target} over to its replica`,
		why: "the replica is not on what is broken.",
		precheck: [
			...(s.platform === "aws"
				? [
						`aws rds describe-db-instances --db-instance-identifier ${s.target} --query 'DBInstances[0].[MultiAZ,DBInstanceStatus,ReadReplicaDBInstanceIdentifiers]'`,
					]
				: [`Check that ${s.target} has a healthy replica.`]),
			"Read the replica's lag: what it has not received is lost.",
		],
		steps:
			s.platform === "aws"
				? [`aws rds reboot-db-instance --db-instance-identifier ${s.target} --force-failover`]
				: [`Promote the replica of ${s.target} with its own procedure, and point the clients to it.`],
		undo: "Fail over again once the first one is healthy; there is another interruption.",
		success: ["Clients reconnect within 2 minutes, and writes succeed."],
	}),
};

export const easeReplication: Action = {
	id: "ease-replication",
	risk: "medium",
	applies: (s) => s.mechanism === "replication-lag",
	propose: (s) => ({
		title: `Let ${s.target} catch up`,
		why: "it applies changes more slowly than they come.",
		precheck: [
			s.engine === "postgres"
				? "In psql on the primary: SELECT client_addr, state, replay_lag FROM pg_stat_replication;"
				: `Read the lag of ${s.target} and whether it still grows.`,
			"Look for a bulk write, a long query on the replica, or too small an instance.",
		],
		steps: [
			"Pause the bulk write or end the long query on the replica.",
			"Send reads that need fresh data to the primary until the lag is gone, if the primary can carry them.",
		],
		undo: "Start the bulk write again, and send the reads back.",
		success: ["The lag falls steadily and stays under 5 seconds."],
	}),
};
