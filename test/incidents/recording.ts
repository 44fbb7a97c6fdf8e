import { existsSync, readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { AppError } from "@faultline/contracts";
import { createActions } from "./actions.ts";
import { assemble, type Times, tellTruth } from "./assemble.ts";
import { sendShoppers } from "./load/shoppers.ts";
import type { Actions, Scenario } from "./scenarios/scenario.ts";
import { startShop } from "./stack/shop.ts";
import { openMetrics } from "./telemetry/metrics-round.ts";
import { createNotebook, type Notebook } from "./telemetry/notebook.ts";
import type { Truth } from "./truth.ts";
import { writeRecording } from "./write-capture.ts";

export interface RecordingOptions {
	out: string;
	/** Length of the whole recording; every time of the scenario shrinks or grows with it. Default: the scenario's own. */
	minutes?: number;
	onProgress: (text: string) => void;
	signal: AbortSignal;
}

export interface Recording {
	times: Times;
	truth: Truth;
	records: Notebook;
}

const WARM_UP_MS = 5000;
const LEAST_SAMPLE_MS = 2000;

interface Clock {
	/** Milliseconds that one of the scenario's minutes takes. */
	minuteMs: number;
	/** When the fault is due, in milliseconds since the epoch. */
	injectAt: number;
	endAt: number;
}

async function runSteps(scenario: Scenario, clock: Clock, actions: Actions, options: RecordingOptions): Promise<string | null> {
	let injected: string | null = null;
	for (const step of scenario.steps.toSorted((a, b) => a.at - b.at)) {
		await pause(Math.max(0, clock.injectAt + step.at * clock.minuteMs - Date.now()), undefined, { signal: options.signal });
		const time = new Date().toISOString();
		if (step.at === 0 && scenario.faultMinutes > 0) injected = time;
		options.onProgress(
			`${scenario.id}: ${step.at === 0 ? "fault" : `step at ${step.at} min`} ${/=>\s*([\w.]+\(.*)/s.exec(String(step.run))?.[1] ?? ""}`,
		);
		await step.run(actions);
	}
	await pause(Math.max(0, clock.endAt - Date.now()), undefined, { signal: options.signal });
	return injected;
}

/** Records one incident from its beginning to its end, and writes it into `out`. Whatever happens, everything it started is ended. */
export async function record(scenario: Scenario, options: RecordingOptions): Promise<Recording> {
	if (existsSync(options.out) && readdirSync(options.out).length > 0) {
		throw new AppError("BAD_INPUT", `${options.out} is not empty`, { hint: "name a new folder" });
	}
	const total = scenario.healthyMinutes + scenario.faultMinutes;
	const scale = (options.minutes ?? total) / total;
	const notebook = createNotebook();
	options.onProgress(`${scenario.id}: starting the shop`);
	const shop = await startShop(scenario.limits, notebook);
	const load = sendShoppers(shop.origin, scenario.requestsPerSecond);
	try {
		await pause(WARM_UP_MS, undefined, { signal: options.signal });
		const metrics = await openMetrics(shop, notebook, Math.max(LEAST_SAMPLE_MS, scenario.sampleSeconds * 1000 * scale));
		const startAt = Date.now();
		const minuteMs = 60_000 * scale;
		const clock = { minuteMs, injectAt: startAt + scenario.healthyMinutes * minuteMs, endAt: startAt + total * minuteMs };
		options.onProgress(`${scenario.id}: recording on ${shop.origin} until ${new Date(clock.endAt).toISOString()}`);
		const { actions, changeIds } = createActions(shop, load, notebook);
		const injected = await runSteps(scenario, clock, actions, options);
		const times = { start: new Date(startAt).toISOString(), end: new Date().toISOString(), injected };
		await metrics.stop();
		await load.stop();
		await shop.stop(); // The services hand in their last spans as they end.
		const records = assemble(notebook, times, scenario.keepTraces);
		const truth = tellTruth(scenario, records, times, changeIds);
		writeRecording(options.out, scenario, records, times, truth);
		return { times, truth, records };
	} finally {
		await load.stop();
		await shop.stop();
	}
}
