/** Every kind of fault that can be generated. */
export const FAULT_NAMES = [
	"cpu",
	"memory-leak",
	"disk-full",
	"network-delay",
	"network-loss",
	"network-partition",
	"name-resolution",
	"datastore-down",
	"crash-loop",
	"image-unavailable",
	"probe-failing",
	"slow-query",
	"lock-contention",
	"connections-exhausted",
	"pool-exhausted",
	"deploy-exception",
	"deploy-silent",
	"deploy-slow",
	"deploy-memory",
	"bad-config",
	"permission-denied",
	"deadline-too-short",
	"certificate-expired",
	"rate-limited",
	"cache-stampede",
	"traffic-surge",
	"bad-data",
	"queue-backlog",
	"provider-outage",
	"provider-slow",
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** Every kind of window without an incident. */
export const HEALTHY_NAMES = ["quiet", "recovered", "alert-storm", "red-herring", "health-check"] as const;
export type HealthyName = (typeof HEALTHY_NAMES)[number];
