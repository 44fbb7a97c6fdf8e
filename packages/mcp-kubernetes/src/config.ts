import { AppError } from "@faultline/contracts";
import { z } from "zod";

const Environment = z.object({
	KUBECONFIG: z.string().optional(),
	FAULTLINE_KUBERNETES_CONTEXT: z.string().optional(),
	FAULTLINE_KUBERNETES_NAMESPACES: z
		.string()
		.default("")
		.transform((list) =>
			list
				.split(",")
				.map((n) => n.trim())
				.filter((n) => n !== ""),
		)
		.refine((names) => names.every((n) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(n)), "must be namespace names, separated by commas"),
	FAULTLINE_KUBERNETES_LINK: z
		.string()
		.regex(/^https?:\/\/\S+$/, "must be an http or https URL; {kind}, {namespace} and {name} in it are filled in")
		.optional(),
	HOME: z.string().optional(),
	KUBERNETES_SERVICE_HOST: z.string().optional(),
});

export interface KubernetesConfig {
	/** Paths of kubeconfig files; empty where none is named. */
	kubeconfig: string[];
	context: string | undefined;
	/** Allowed namespaces; empty allows all. */
	namespaces: string[];
	/** URL of an object's page in a dashboard, with {kind}, {namespace} and {name}. */
	link: string | undefined;
	home: string | undefined;
	inCluster: boolean;
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
		context: e.FAULTLINE_KUBERNETES_CONTEXT,
		namespaces: e.FAULTLINE_KUBERNETES_NAMESPACES,
		link: e.FAULTLINE_KUBERNETES_LINK,
		home: e.HOME,
		inCluster: e.KUBERNETES_SERVICE_HOST !== undefined,
	};
}
