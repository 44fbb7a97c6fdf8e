import type { Symptom } from "../faults/effects.ts";

/** What a caller may write when a call fails; `{peer}`, `{op}`, `{ms}`, `{host}` and `{id}` are filled in. */
export const CALLER_LINES: Readonly<Record<Symptom, readonly string[]>> = {
	status: [
		"call to {peer} failed: status 500",
		"{peer} answered 502 Bad Gateway for {op}",
		"upstream {peer} returned an error: Internal Server Error",
		"request to {peer} {op} failed with status code 503",
		"rpc error: code = Internal desc = {op} failed at {peer}",
	],
	refused: [
		"connect ECONNREFUSED {host}: cannot reach {peer}",
		"dial tcp {host}: connect: connection refused",
		"Connection refused: {peer}/{host}",
		"could not connect to {peer}: is it running and accepting connections on {host}?",
	],
	timeout: [
		"call to {peer} timed out after {ms} ms",
		"context deadline exceeded while calling {peer} {op}",
		"java.net.SocketTimeoutException: Read timed out ({peer})",
		"{peer}: no answer within {ms}ms, giving up",
		"ReadTimeout: HTTPConnectionPool(host='{peer}'): Read timed out.",
	],
	reset: [
		"read tcp {host}: connection reset by peer",
		"{peer} closed the connection: ECONNRESET",
		"upstream prematurely closed connection while reading response header from {peer}",
		"socket hang up ({peer})",
	],
	tls: [
		"x509: certificate has expired or is not yet valid ({peer})",
		"SSLHandshakeException: PKIX path validation failed: certificate expired for {peer}",
		"TLS handshake with {peer} failed: certificate verify failed: certificate has expired",
		"CERT_HAS_EXPIRED: {peer}",
	],
	name: [
		"getaddrinfo EAI_AGAIN {peer}",
		"lookup {peer}: server misbehaving",
		"UnknownHostException: {peer}: Temporary failure in name resolution",
		"could not resolve host {peer}",
	],
	denied: [
		"{peer} refused {op}: 403 Forbidden",
		"access denied for {op} at {peer}: invalid credentials",
		"AccessDeniedException: not authorized to perform {op} on {peer}",
		"password authentication failed at {peer}",
	],
	throttled: [
		"{peer} answered 429 Too Many Requests",
		"rate limit exceeded at {peer}, retry after 30s",
		"ThrottlingException: Rate exceeded ({peer})",
		"quota exceeded for {peer}: request rejected",
	],
	pool: [
		"timeout waiting for a connection to {peer} from the pool",
		"connection pool exhausted: no free connection to {peer} within {ms}ms",
		"{peer}: sorry, too many clients already",
		"HikariPool - Connection is not available, request timed out after {ms}ms ({peer})",
	],
	"bad-data": [
		"{peer} rejected the request: 422 Unprocessable Entity",
		"{peer} could not handle {op}: 400 Bad Request",
		"call to {peer} failed: invalid payload",
	],
	full: [
		"{peer}: could not extend file: No space left on device",
		"write to {peer} failed: disk full",
		"{peer} is read-only: no space left",
	],
	own: [
		"call to {peer} failed: status 500",
		"{peer} {op} failed: Internal Server Error",
		"unexpected response 500 from {peer}",
		"rpc error: code = Unknown desc = {op} ({peer})",
	],
};

/** What the one that fails writes itself, where that is not an exception of its code. */
export const OWN_LINES: Readonly<Partial<Record<Symptom, readonly string[]>>> = {
	"bad-data": [
		"cannot parse {noun} {id}: unexpected token at position 113",
		"invalid value for field '{noun}_code': expected number, got string",
		"malformed {noun} record {id}: missing required field",
		"failed to deserialize {noun} message {id}, moving on",
	],
	full: [
		"could not write to file: No space left on device",
		"ERROR: could not extend relation: No space left on device",
		"disk usage exceeds the flood-stage watermark, going read-only",
	],
	pool: ["FATAL: sorry, too many clients already", "no worker free: request {id} rejected", "Too many connections"],
	reset: ["process ran low on memory while serving {op}", "allocation failed, request {id} dropped"],
	status: ["{op} failed: internal error", "unexpected state while handling {noun} {id}"],
};

/** What the one at fault writes now and then while it lasts, by what ails it; not all write. */
export const AILING_LINES: Readonly<Record<string, readonly (readonly ["WARN" | "ERROR" | "FATAL" | "INFO", string])[]>> = {
	cpu: [
		["WARN", "event loop delayed by {ms} ms"],
		["WARN", "scheduler lag {ms} ms, worker threads are busy"],
		["WARN", "request queue length {n}, all threads busy"],
	],
	"memory-leak": [
		["WARN", "GC overhead: pause {ms} ms, heap after collection {n} MB"],
		["WARN", "heap usage above 90%, old generation not reclaimed"],
		["ERROR", "OutOfMemoryError: Java heap space"],
	],
	"deploy-memory": [
		["WARN", "GC pause {ms} ms, heap {n} MB"],
		["WARN", "cache of {noun} holds {n} entries"],
		["ERROR", "fatal error: out of memory"],
	],
	"disk-full": [
		["WARN", "volume is {n}% full"],
		["ERROR", "checkpoint failed: No space left on device"],
		["ERROR", "could not write log segment: No space left on device"],
	],
	"slow-query": [
		["WARN", "slow query: duration {ms} ms statement: SELECT * FROM {noun} WHERE status = $1 ORDER BY created_at"],
		["INFO", "duration: {ms}.412 ms  execute <unnamed>: SELECT id, state FROM {noun} WHERE owner_id = $1"],
	],
	"lock-contention": [
		["WARN", "process {n} still waiting for ShareLock on transaction {id} after {ms} ms"],
		["ERROR", "deadlock detected on {noun}"],
		["ERROR", "Lock wait timeout exceeded; try restarting transaction"],
	],
	"connections-exhausted": [
		["FATAL", "sorry, too many clients already"],
		["FATAL", "remaining connection slots are reserved for roles with the SUPERUSER attribute"],
		["WARN", "aborted connection {id}: too many connections"],
	],
	"pool-exhausted": [
		["WARN", "connection pool: active={n}, idle=0, waiting={m}"],
		["WARN", "pool at its maximum of {n} connections, {m} requests wait"],
	],
	"certificate-expired": [
		["WARN", "TLS handshake error from {host}: remote error: tls: expired certificate"],
		["ERROR", "http: TLS handshake error: certificate expired"],
	],
	"network-loss": [
		["WARN", "connection to a peer was reset, reconnecting"],
		["WARN", "keepalive ping failed, {n} retries"],
	],
	"network-delay": [["WARN", "heartbeat late by {ms} ms"]],
	"network-partition": [
		["WARN", "lost contact with {n} peers"],
		["WARN", "no request in the last {n} s"],
	],
	"name-resolution": [["ERROR", "resolver: i/o timeout on 10.96.0.10:53"]],
	"cache-stampede": [
		["INFO", "flushed {n} keys"],
		["WARN", "evicted {n} keys to free memory"],
	],
	"queue-backlog": [
		["WARN", "{n} messages wait, oldest is {m} s old"],
		["ERROR", "message {id} failed for the {m}th time, requeued"],
	],
	"bad-config": [
		["WARN", "setting {noun}.endpoint is empty, using default"],
		["ERROR", "invalid configuration: {noun}.mode has no such value"],
	],
	"datastore-down": [
		["FATAL", "terminating: received fast shutdown request"],
		["INFO", "database system was interrupted; starting recovery"],
	],
	"crash-loop": [
		["FATAL", "panic: cannot initialise {noun} registry"],
		["FATAL", "startup failed: bean '{noun}Config' could not be created"],
	],
	"probe-failing": [["INFO", "received SIGTERM, shutting down gracefully"]],
	"traffic-surge": [
		["WARN", "worker connections are not enough, {n} waiting"],
		["INFO", "accepted {n} connections in the last minute"],
	],
};
