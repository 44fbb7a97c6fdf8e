import type { KubeClient } from "./client.ts";
import type { KubernetesConfig } from "./config.ts";

/** What every tool is built from. */
export interface Connection {
	client: KubeClient;
	config: KubernetesConfig;
}
