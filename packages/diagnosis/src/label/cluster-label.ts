import type { Analysis } from "@faultline/contracts";
import { quoteText } from "./telemetry-text.ts";

type Cluster = Analysis["clusters"][number];

/** What common software says when something is wrong, and what to call it. The first that fits names the cluster. */
const PHRASES: readonly (readonly [pattern: RegExp, label: string])[] = [
	[/out of memory|oom[- ]?kill|cannot allocate memory|heap (?:space|limit)|OOM command not allowed|maxmemory/i, "out of memory"],
	[
		/too many (?:clients|connections)|connection slots|max_connections|pool (?:is )?(?:exhausted|full|timeout)|no (?:free|available) connections?/i,
		"connections exhausted",
	],
	[/no space left|disk (?:is )?full|ENOSPC|quota exceeded.{0,20}(?:disk|storage)/i, "disk full"],
	[/certificate (?:has )?expired|x509|certificate verify failed|tls handshake|ssl handshake/i, "TLS or certificate failure"],
	[/rate.?limit|too many requests|\b429\b|throttl/i, "throttled"],
	[/deadlock|lock (?:wait )?timeout|could not obtain lock|lock contention/i, "lock contention"],
	[/no such host|name resolution|ENOTFOUND|EAI_AGAIN|could not resolve|NXDOMAIN/i, "name not resolved"],
	[/connection refused|ECONNREFUSED/i, "connection refused"],
	[/connection reset|ECONNRESET|broken pipe|EPIPE|unexpected eof|connection closed/i, "connection lost"],
	[/deadline exceeded|timed? ?out|ETIMEDOUT|timeout/i, "time-out"],
	[/permission denied|access denied|forbidden|\b403\b|not authorized|EACCES/i, "permission denied"],
	[/unauthori[sz]ed|authentication failed|invalid token|\b401\b|password authentication/i, "authentication failed"],
	[/image ?pull|manifest unknown|pull access denied/i, "image cannot be pulled"],
	[/back-?off restarting|crash ?loop/i, "crash loop"],
	[/probe failed|unhealthy/i, "probe failed"],
	[/failed ?scheduling|insufficient (?:cpu|memory)|nodes are available/i, "cannot be scheduled"],
	[/null ?pointer|nil pointer|undefined is not|of undefined|of null|NoneType|segfault|segmentation fault/i, "missing value dereferenced"],
	[/unexpected token|parse error|malformed|invalid (?:json|input|syntax|argument|value)|validation (?:failed|error)|schema/i, "bad input"],
	[/(?:missing|not set|undefined|required).{0,30}(?:env|environment|config|variable|setting|key)/i, "configuration missing"],
	[/service unavailable|\b503\b|bad gateway|\b502\b|upstream/i, "upstream failing"],
	[/panic|unhandled|uncaught|traceback|exception|stack ?trace/i, "unhandled error"],
];

/** A name for a cluster of log lines, by rule; the beginning of the template where no rule fits. */
export function labelCluster(cluster: Pick<Cluster, "template" | "example">): string {
	for (const text of [cluster.template, cluster.example]) {
		const found = PHRASES.find(([pattern]) => pattern.test(text.slice(0, 2000)));
		if (found !== undefined) return found[1];
	}
	const words = quoteText(cluster.template, 400)
		.replace(/<[^<>]{1,24}>/g, "…")
		.replace(/(?:…[\s,;:=]*){2,}/g, "… ");
	return quoteText(words, 60) || "empty line";
}
