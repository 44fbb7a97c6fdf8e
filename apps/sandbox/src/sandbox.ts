import type { EvidenceSet } from "@faultline/contracts";
import type { FastifyInstance } from "fastify";
import { createCloudWatchApi } from "./cloudwatch/server.ts";
import { writeConnectionFiles } from "./connection-files.ts";
import type { FaultMode, PlannedFault } from "./faults.ts";
import { createGrafanaApi } from "./grafana/server.ts";
import { createKubernetesApi } from "./kubernetes/server.ts";
import { type Listener, listen } from "./listener.ts";
import { createSentryApi } from "./sentry/server.ts";
import { createWorld, type World } from "./world.ts";

export const UPSTREAMS = ["kubernetes", "sentry", "cloudwatch", "grafana"] as const;
export type UpstreamName = (typeof UPSTREAMS)[number];
export type SandboxUrls = Record<UpstreamName, string>;

export interface SandboxOptions {
	/** "now" moves all times so that the window ends now. */
	time?: "original" | "now";
	/** Default 127.0.0.1. */
	host?: string;
	/** A missing port, or 0, takes a free one. */
	ports?: Partial<Record<UpstreamName, number>>;
	/** Where faultline.yaml and kubeconfig are written; nowhere where missing. */
	configOut?: string;
	faults?: readonly PlannedFault[];
}

export interface Sandbox {
	world: World;
	urls: SandboxUrls;
	/** Path of faultline.yaml, where one was written. */
	configPath: string | undefined;
	/** Breaks a source, or mends it with "ok". */
	fail(source: UpstreamName, mode: FaultMode): Promise<void>;
	close(): Promise<void>;
}

const APIS: Record<UpstreamName, (world: World) => FastifyInstance> = {
	kubernetes: createKubernetesApi,
	sentry: createSentryApi,
	cloudwatch: createCloudWatchApi,
	grafana: createGrafanaApi,
};

/** Serves a capture as the four upstream APIs, each in its own wire format on its own port. */
export async function startSandbox(evidence: EvidenceSet, options: SandboxOptions = {}): Promise<Sandbox> {
	const world = createWorld(evidence, { time: options.time ?? "original" });
	const started: [UpstreamName, Listener][] = [];
	const timers: NodeJS.Timeout[] = [];
	const close = async () => {
		for (const timer of timers) clearTimeout(timer);
		await Promise.all(started.map(([, listener]) => listener.close()));
	};
	try {
		for (const name of UPSTREAMS)
			started.push([name, await listen(APIS[name](world), options.host ?? "127.0.0.1", options.ports?.[name] ?? 0)]);
		const listeners = Object.fromEntries(started) as Record<UpstreamName, Listener>;
		const urls = Object.fromEntries(started.map(([name, { url }]) => [name, url])) as SandboxUrls;
		const fail = (source: UpstreamName, mode: FaultMode) => listeners[source].fail(mode);
		for (const { source, mode, after } of options.faults ?? []) {
			if (after === 0) await fail(source, mode);
			else timers.push(setTimeout(() => void fail(source, mode), after * 1000));
		}
		const configPath = options.configOut === undefined ? undefined : await writeConnectionFiles(options.configOut, urls);
		return { world, urls, configPath, fail, close };
	} catch (error) {
		await close();
		throw error;
	}
}
