import { AppError } from "@faultline/contracts";
import { z } from "zod";

const listed = (list: string): string[] => [
	...new Set(
		list
			.split(",")
			.map((n) => n.trim())
			.filter((n) => n !== ""),
	),
];

const Environment = z.object({
	KUBECONFIG: z.string().optional(),
	FAULTLINE_KUBERNETES_CONTEXT: z.string().default("").transform(listed),
	FAULTLINE_KUBERNETES_NAMESPACES: z
		.string()
		.default("")
		.transform(listed)
		.refine((names) => names.every((n) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(n)), "must be namespace names, separated by commas"),
	FAULTLINE_KUBERNETES_LINK: z
		.string()
		.regex(/^https?:\/\/\S+$/, "must be an http or https URL; {kind}, {namespace} and {name} in it are filled in")
		.optional(),
	FAULTLINE_KUBERNETES_QPS: z.coerce
		.number("must be a number of requests per second")
		.min(1, "must be at least 1 request per second")
		.max(1000, "must be at most 1000 requests per second")
		.default(50),
	HOME: z.string().optional(),
	KUBERNETES_SERVICE_HOST: z.string().optional(),
	KUBERNETES_SERVICE_PORT: z.string().default("443"),
	FAULTLINE_KUBERNETES_SERVICE_ACCOUNT: z.string().default("/var/run/secrets/kubernetes.io/serviceaccount"),
});

export interface KubernetesConfig {
	/** Paths of kubeconfig files; empty where none is named. */
	kubeconfig: string[];
	/** The allowed contexts by name, the first one being the default; empty means the kubeconfig's current one. */
	contexts: string[];
	/** The context that a client reads; undefined means the kubeconfig's current one. */
	context: string | undefined;
	/** Allowed namespaces; empty allows all. */
	namespaces: string[];
	/** URL of an object's page in a dashboard, with {kind}, {namespace} and {name}. */
	link: string | undefined;
	home: string | undefined;
	/** Requests per second to one cluster. */
	qps: number;
	/** The API server that a pod is told of, and the folder of its account's token and certificate; undefined outside a cluster. */
	inCluster: { server: string; account: string } | undefined;
}

/** The environment, checked. @throws AppError BAD_CONFIG with every problem. */
export function readConfig(env: Record<string, string | undefined>): KubernetesConfig {
	const named = Object.fromEntries(Object.keys(Environment.shape).map((key) => [key, env[key] === "" ? undefined : env[key]]));
	const result = Environment.safeParse(named);
	if (!result.success) {
		const problems = result.error.issues.map((i) => `${i.path.join(".")}: ${i.message}`).join("; ");
		throw new AppError("BAD_CONFIG", `kubernetes is not configured right: ${problems}`, { hint: "mend these variables" });
	}
	const e = result.data;
	return {
		kubeconfig: (e.KUBECONFIG ?? "").split(process.platform === "win32" ? ";" : ":").filter((path) => path !== ""),
		contexts: e.FAULTLINE_KUBERNETES_CONTEXT,
		context: e.FAULTLINE_KUBERNETES_CONTEXT[0],
		namespaces: e.FAULTLINE_KUBERNETES_NAMESPACES,
		link: e.FAULTLINE_KUBERNETES_LINK,
		home: e.HOME,
		qps: e.FAULTLINE_KUBERNETES_QPS,
		inCluster:
			e.KUBERNETES_SERVICE_HOST === undefined
				? undefined
				: {
						server: `https://${hostOf(e.KUBERNETES_SERVICE_HOST)}:${e.KUBERNETES_SERVICE_PORT}`,
						account: e.FAULTLINE_KUBERNETES_SERVICE_ACCOUNT,
					},
	};
}

/** An IPv6 address stands in brackets in a URL. */
const hostOf = (host: string): string => (host.includes(":") && !host.startsWith("[") ? `[${host}]` : host);
