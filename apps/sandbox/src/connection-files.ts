import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { SandboxUrls } from "./sandbox.ts";

/** The sandbox takes any credential; these only fill the fields. */
const ANY_TOKEN = "sandbox";

/**
 * Writes `faultline.yaml` and `kubeconfig` into a folder, both pointing at a running sandbox.
 *
 * @returns the path of faultline.yaml
 */
export async function writeConnectionFiles(directory: string, urls: SandboxUrls): Promise<string> {
	await mkdir(directory, { recursive: true });
	const kubeconfig = join(directory, "kubeconfig");
	await writeFile(kubeconfig, stringify(kubeconfigFor(urls.kubernetes)), { mode: 0o600 });
	const path = join(directory, "faultline.yaml");
	const sources = {
		kubernetes: { kubeconfig, context: "sandbox" },
		sentry: { url: urls.sentry, organization: "sandbox", token: ANY_TOKEN },
		cloudwatch: { region: "us-east-1", endpoint: urls.cloudwatch },
		grafana: { url: urls.grafana, token: ANY_TOKEN },
	};
	await writeFile(path, `# A running sandbox: a recorded incident behind the four sources' own APIs.\n${stringify({ sources })}`, {
		mode: 0o600,
	});
	return path;
}

function kubeconfigFor(server: string): object {
	return {
		apiVersion: "v1",
		kind: "Config",
		// plain http: the JavaScript client refuses it unless TLS is said to be skipped; kubectl does not mind
		clusters: [{ name: "sandbox", cluster: { server, "insecure-skip-tls-verify": true } }],
		users: [{ name: "sandbox", user: { token: ANY_TOKEN } }],
		contexts: [{ name: "sandbox", context: { cluster: "sandbox", user: "sandbox" } }],
		"current-context": "sandbox",
	};
}
