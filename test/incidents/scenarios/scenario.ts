import type { Category } from "@faultline/contracts";
import type { Child } from "../stack/child.ts";
import type { ShopLimits } from "../stack/shop.ts";

/** What a scenario may do to the running shop. Each change is written down with the time at which it was made. */
export interface Actions {
	/** Commits a patch of releases/. */
	commit(release: string): void;
	/** Rolls a service out at the commit of a release. */
	deploy(service: string, release: string): Promise<void>;
	flag(name: string, value: boolean, author: string): void;
	configure(service: string, values: Record<string, unknown>, title: string, author: string): void;
	/** Runs a program of outside/ until the recording ends. */
	runOutside(program: string, ...args: string[]): Child;
	redisUrl: string;
	databaseUrl(user: string): string;
	acquirerLink: { delay(fromMs: number, toMs: number): void; breakNext(): void };
	load: { rate(requestsPerSecond: number): void; scan(paths: number): Promise<void> };
	/** An administrator's statement that holds a table's lock for some time after the first request waits for it. */
	lockTable(table: string, ms: number): Promise<void>;
}

export interface Step {
	/** Minutes from the injection; negative before it. */
	at: number;
	run(actions: Actions): unknown;
}

export interface Scenario {
	id: string;
	title: string;
	/** Minutes before the injection, and from it to the end (0: there is none). */
	healthyMinutes: number;
	faultMinutes: number;
	requestsPerSecond: number;
	/** Seconds between samples of the metrics. */
	sampleSeconds: number;
	/** Share of the traces (and of the information lines that belong to a trace) that is kept. */
	keepTraces: number;
	limits: ShopLimits;
	steps: Step[];
	/** What is true of it; `culprit` names the release, or the service whose settings changed. */
	truth: { service: string | null; culprit: string | null; category: Category; firstFailing: string | null; remediation: string };
}
