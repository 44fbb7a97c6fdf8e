import type { Mechanism } from "@faultline/contracts";

/** How a mechanism reads: after a resource's name ("db-1 ran out of connections"), and as a title's few words; `tells`: what the figure that shows it speaks of. */
export const MECHANISM_WORDS: Readonly<Record<Mechanism, { did: string; short: string; tells?: RegExp }>> = {
	"memory-exhausted": { did: "ran out of memory", short: "out of memory", tells: /memory|\boom|heap|\brss\b|evict/i },
	"cpu-saturated": { did: "ran out of CPU", short: "CPU saturated", tells: /cpu|processor|\bload\b/i },
	"disk-full": { did: "ran out of disk space", short: "disk full", tells: /storage|disk|space|volume|\bfull\b/i },
	"connections-exhausted": { did: "ran out of connections", short: "connections exhausted", tells: /connection|pool|clients|sessions/i },
	"rate-limited": { did: "was throttled", short: "throttled", tells: /rate|throttl|quota|429|too many requests/i },
	unschedulable: { did: "could not be scheduled: no node has room", short: "unschedulable", tells: /schedul|insufficient|pending/i },
	"image-unavailable": { did: "could not start: its image cannot be pulled", short: "image cannot be pulled", tells: /image|pull/i },
	"probe-failing": { did: "was restarted by a failing probe", short: "probe failing", tells: /probe|unhealthy/i },
	"crash-loop": { did: "kept crashing at start", short: "crash loop", tells: /crash|restart|back-?off|exit/i },
	"node-down": { did: "went down", short: "node down", tells: /node|notready|unreachable/i },
	"storage-slow": { did: "waited on slow storage", short: "slow storage", tells: /iops|latency|disk|volume|storage|queue/i },
	"replication-lag": { did: "fell behind in replication", short: "replication lag", tells: /replica|lag/i },
	failover: { did: "failed over", short: "failover", tells: /fail-?over|primary|promot/i },
	"certificate-expired": { did: "met an expired certificate", short: "certificate expired", tells: /certificate|x509|tls|ssl/i },
	"name-resolution": { did: "could not resolve names", short: "name resolution failing", tells: /resol|dns|host|ENOTFOUND|NXDOMAIN/i },
	"network-delay": { did: "answered slowly over the network", short: "network delay", tells: /latency|duration|delay|time|rtt|network/i },
	"network-unreachable": {
		did: "could not be reached over the network",
		short: "unreachable",
		tells: /unreachable|refused|reset|network|timeout/i,
	},
	"dependency-down": {
		did: "was down or refused",
		short: "dependency down",
		tells: /unavailable|refused|5\d\d|outage|degraded|timeout|error/i,
	},
	"slow-queries": { did: "ran slow queries", short: "slow queries", tells: /quer|statement|sql|db_/i },
	"lock-contention": { did: "waited on locks", short: "lock contention", tells: /lock|deadlock|wait/i },
	"bad-input": {
		did: "received data that it cannot take",
		short: "bad input",
		tells: /invalid|malformed|parse|schema|validation|unexpected/i,
	},
	"missing-configuration": {
		did: "missed configuration that it needs",
		short: "configuration missing",
		tells: /config|variable|missing|not set|key/i,
	},
	"permission-denied": { did: "was denied permission", short: "permission denied", tells: /permission|denied|forbidden|403|authori/i },
	"deadline-too-short": {
		did: "had calls given up before an answer could come",
		short: "deadline too short",
		tells: /deadline|time-?out|exceeded|cancel/i,
	},
	exceptions: { did: "threw errors", short: "errors", tells: /error|exception|panic|5\d\d|fail/i },
	"wrong-result": { did: "returned wrong results", short: "wrong results" },
	"slow-code": { did: "became slow in its own code", short: "slow", tells: /latency|duration|time|slow/i },
	"traffic-surge": {
		did: "received more traffic than it can carry",
		short: "traffic surge",
		tells: /request|traffic|rps|rate|throughput|calls/i,
	},
	unknown: { did: "became abnormal", short: "abnormal" },
};
