/**
 * Names of Kubernetes pods: "<workload>-<replica set hash>-<5 characters>", "<workload>-<5 characters>" (daemon sets), "<workload>-<ordinal>".
 * The alphabet of generated suffixes has no vowels and no 0, 1, 3 (apimachinery's SafeEncodeString); hashes may be all hex in older clusters.
 */
const DEPLOYMENT_POD = /^(.+)-[0-9a-f]{6,10}-[a-z0-9]{4,5}$|^(.+)-[bcdfghjklmnpqrstvwxz2456789]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/;
const STATEFUL_POD = /^(.+)-\d{1,3}$/;

/** The workload that a pod's name speaks of; undefined where the name is not that of a pod. `known` names make ordinals and short suffixes readable. */
export function workloadOfPod(name: string, known?: ReadonlySet<string>): string | undefined {
	const match = DEPLOYMENT_POD.exec(name);
	const workload = match?.[1] ?? match?.[2];
	if (workload !== undefined) return workload;
	const ordinal = STATEFUL_POD.exec(name)?.[1];
	if (ordinal !== undefined && known?.has(ordinal)) return ordinal;
	const dash = name.lastIndexOf("-");
	const parent = dash > 0 ? name.slice(0, dash) : undefined;
	return parent !== undefined && known?.has(parent) && /^[a-z0-9]{5}$/.test(name.slice(dash + 1)) ? parent : undefined;
}

/** A name as words: split at case borders, digits kept, separators dropped, lower case ("HTTPServerErrors" -> http server errors). */
export function wordsOf(text: string): string[] {
	return text
		.replace(/([a-z0-9])([A-Z])/g, "$1 $2")
		.replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
		.toLowerCase()
		.split(/[^a-z0-9]+/)
		.filter((word) => word.length > 0);
}
