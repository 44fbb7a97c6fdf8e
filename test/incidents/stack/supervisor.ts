import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { AppError } from "@faultline/contracts";
import { type LineSource, readLine } from "../telemetry/log-lines.ts";
import { type LogRecord, type Notebook, noteEvent } from "../telemetry/notebook.ts";
import { type Child, startChild } from "./child.ts";

export interface ServiceSettings {
	name: string;
	port: number;
	/** Added to the environment of each instance. */
	env: Record<string, string>;
}

interface Instance {
	pod: string;
	child: Child;
	adminPort: number;
	source: LineSource;
}

/** Starts the services, probes them, restarts what ends by itself, and rolls out versions: the part of Kubernetes that the shop needs. */
export interface Supervisor {
	readonly services: readonly string[];
	/** Replaces the running instance by one of `folder`: the new one first, then the old one is asked to end. */
	rollOut(service: string, folder: string, version: string): Promise<void>;
	/** The figures of the instance since the last call; undefined where it does not answer. */
	scrape(service: string): Promise<Record<string, number> | undefined>;
	stop(): Promise<void>;
}

const podName = (service: string, version: string): string =>
	`${service}-${version.slice(0, 10)}-${randomBytes(4)
		.toString("base64url")
		.toLowerCase()
		.replace(/[^a-z0-9]/g, "x")
		.slice(0, 5)}`;

function waitForReady(child: Child, service: string): Promise<number> {
	return new Promise((resolve, reject) => {
		child.process.once("message", (message: { adminPort: number }) => resolve(message.adminPort));
		void child.exited.then((code) => reject(new AppError("UNAVAILABLE", `${service} ended with ${code} before it was ready`)));
	});
}

async function ask(port: number, path: string): Promise<{ status: number; text: string }> {
	const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(3000) });
	return { status: response.status, text: await response.text() };
}

export function createSupervisor(
	settings: readonly ServiceSettings[],
	notebook: Notebook,
	onLog: (record: LogRecord) => void,
	probeEveryMs = 10_000,
): Supervisor {
	const instances = new Map<string, Instance>();
	let stopping = false;

	const note = (type: "Normal" | "Warning", reason: string, pod: string, message: string): void =>
		noteEvent(notebook, { type, reason, object: { kind: "Pod", name: pod }, message });

	async function start(service: ServiceSettings, folder: string, version: string): Promise<Instance> {
		const pod = podName(service.name, version);
		const source = { service: service.name, pod };
		const env = { ...service.env, SERVICE: service.name, POD: pod, VERSION: version.slice(0, 8), PORT: String(service.port) };
		const onLine = (line: string): void => {
			if (line.trim() !== "") onLog(readLine(line, source));
		};
		const child = startChild({
			command: process.execPath,
			args: [join(folder, "services", `${service.name}.js`)],
			cwd: folder,
			env,
			channel: true,
			onLine,
		});
		const instance = { pod, child, adminPort: await waitForReady(child, service.name), source };
		note("Normal", "Started", pod, `Started container ${service.name} at version ${version.slice(0, 8)}`);
		void child.exited.then(async (code) => {
			if (stopping || instances.get(service.name) !== instance) return;
			note("Warning", "BackOff", pod, `Container ${service.name} ended with ${code}; it is started again`);
			instances.set(service.name, await start(service, folder, version));
		});
		return instance;
	}

	const probe = async ({ pod, adminPort }: Instance): Promise<void> => {
		const answer = await ask(adminPort, "/ready").catch((error: Error) => ({ status: 0, text: error.message }));
		if (stopping || answer.status === 200) return;
		note(
			"Warning",
			"Unhealthy",
			pod,
			`Readiness probe failed: ${answer.status === 0 ? answer.text : `HTTP ${answer.status}: ${answer.text}`}`,
		);
	};
	const probes = setInterval(() => {
		for (const instance of instances.values()) void probe(instance);
	}, probeEveryMs);

	return {
		services: settings.map((service) => service.name),
		async rollOut(name, folder, version) {
			const service = settings.find((s) => s.name === name);
			if (service === undefined) throw new AppError("NOT_FOUND", `no service ${name}`);
			const old = instances.get(name);
			instances.set(name, await start(service, folder, version));
			if (old === undefined) return;
			note("Normal", "Killing", old.pod, `Stopping container ${name}`);
			await old.child.stop();
		},
		async scrape(name) {
			const instance = instances.get(name);
			if (instance === undefined) return undefined;
			const answer = await ask(instance.adminPort, "/metrics").catch(() => undefined);
			return answer === undefined ? undefined : (JSON.parse(answer.text) as Record<string, number>);
		},
		async stop() {
			stopping = true;
			clearInterval(probes);
			await Promise.all([...instances.values()].map(({ child }) => child.stop()));
		},
	};
}
