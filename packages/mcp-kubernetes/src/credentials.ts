import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { AppError } from "@faultline/contracts";
import type { KubeConfig } from "@kubernetes/client-node";
import type { KubernetesConfig } from "./config.ts";

/** How long headers and connections are kept before a rotated token or certificate is read again. */
const FRESH_MS = 30_000;

export interface Cluster {
	server: string;
	/** The global fetch's shape, with the cluster's credentials, certificates and proxy. */
	fetch: typeof globalThis.fetch;
	close(): Promise<void>;
}

/**
 * The cluster that the configuration names: KUBECONFIG, else ~/.kube/config, else the pod's own service account. Client
 * certificates, tokens, exec plug-ins, OIDC and proxies are @kubernetes/client-node's. It is loaded here and not at start-up.
 *
 * @throws AppError BAD_CONFIG where no cluster can be told.
 */
export async function openCluster(config: KubernetesConfig): Promise<Cluster> {
	const [client, { fetch: undiciFetch }] = await Promise.all([import("@kubernetes/client-node"), import("undici")]);
	const kube = loadKubeConfig(config, () => new client.KubeConfig());
	const cluster = kube.getCurrentCluster();
	if (!cluster)
		throw new AppError("BAD_CONFIG", "the kubeconfig has no current context with a cluster", {
			hint: "set FAULTLINE_KUBERNETES_CONTEXT to one of `kubectl config get-contexts`",
		});
	allowLoopbackHttp(kube);
	type Dispatcher = NonNullable<Parameters<typeof undiciFetch>[1]>["dispatcher"];
	let fresh: { headers: Record<string, string>; dispatcher: Dispatcher; until: number } | undefined;
	const authorise = async () => {
		if (fresh && Date.now() < fresh.until) return fresh;
		const context = new client.RequestContext(cluster.server, client.HttpMethod.GET);
		try {
			await kube.applySecurityAuthentication(context);
		} catch (cause) {
			throw new AppError("BAD_CONFIG", "the kubeconfig's credentials cannot be used", {
				hint: "see whether `kubectl get pods` works with the same kubeconfig and context",
				cause,
			});
		}
		fresh = { headers: context.getHeaders(), dispatcher: context.getDispatcher() as Dispatcher, until: Date.now() + FRESH_MS };
		return fresh;
	};
	const send = async (url: string, init: Record<string, unknown> = {}) => {
		const { headers, dispatcher } = await authorise();
		const response = await undiciFetch(url, {
			...init,
			headers: { ...(init.headers as Record<string, string>), ...headers },
			...(dispatcher === undefined ? {} : { dispatcher }),
		});
		if (response.status === 401) fresh = undefined;
		return response;
	};
	return {
		server: cluster.server,
		fetch: send as unknown as typeof globalThis.fetch,
		async close() {
			await fresh?.dispatcher?.close();
			fresh = undefined;
		},
	};
}

function loadKubeConfig(config: KubernetesConfig, create: () => KubeConfig): KubeConfig {
	const kube = create();
	const standard = join(config.home ?? homedir(), ".kube", "config");
	const files = config.kubeconfig.length > 0 ? config.kubeconfig : existsSync(standard) ? [standard] : [];
	if (files.length === 0 && !config.inCluster) {
		throw new AppError("BAD_CONFIG", "there is no kubeconfig, and this is not a pod", { hint: "set KUBECONFIG to a kubeconfig file" });
	}
	if (files.length === 0 && config.inCluster) useServiceAccount(kube, config.inCluster);
	for (const [i, file] of files.entries()) {
		const part = i === 0 ? kube : create();
		try {
			part.loadFromFile(file);
			if (i > 0) kube.mergeConfig(part, true);
		} catch (cause) {
			const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
			throw new AppError("BAD_CONFIG", missing ? `there is no kubeconfig at ${file}` : `${file} is not a kubeconfig`, {
				hint: "set KUBECONFIG to a kubeconfig file",
			});
		}
	}
	if (config.context !== undefined && files.length > 0) {
		if (!kube.getContextObject(config.context))
			throw new AppError("BAD_CONFIG", `the kubeconfig has no context "${config.context}"`, {
				hint: `it has: ${
					kube
						.getContexts()
						.map((c) => c.name)
						.join(", ") || "none"
				}`,
			});
		kube.setCurrentContext(config.context);
	}
	return kube;
}

/** The pod's own account, as every pod is given one: its token file is read again when it is rotated. */
function useServiceAccount(kube: KubeConfig, { server, account }: NonNullable<KubernetesConfig["inCluster"]>): void {
	const [tokenFile, caFile] = [join(account, "token"), join(account, "ca.crt")];
	if (!existsSync(tokenFile) || !existsSync(caFile))
		throw new AppError("BAD_CONFIG", `this is a pod without a service account's token at ${account}`, {
			hint: "set automountServiceAccountToken: true on the pod, or KUBECONFIG to a kubeconfig file",
		});
	kube.loadFromOptions({
		clusters: [{ name: "in-cluster", server, caFile, skipTLSVerify: false }],
		users: [{ name: "service-account", authProvider: { name: "tokenFile", config: { tokenFile } } }],
		contexts: [{ name: "in-cluster", cluster: "in-cluster", user: "service-account" }],
		currentContext: "in-cluster",
	});
}

/** The library refuses plain http unless TLS verification is said to be skipped; on the loopback interface there is nothing to protect. */
function allowLoopbackHttp(kube: KubeConfig): void {
	kube.clusters = kube.clusters.map((c) =>
		/^http:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?(\/|$)/.test(c.server) ? { ...c, skipTLSVerify: true } : c,
	);
}
