import { AppError, toAppError } from "@faultline/contracts";
import type { ConfirmedIncident } from "../incidents/confirmations.ts";
import type { IncidentStore } from "../incidents/incident-store.ts";

/** What a person says of an incident: its cause, or that there was none. */
export type Word = { cause: string } | { healthy: true };

/** Keeps what a person says of a stored incident; "latest" is the newest. @throws NOT_FOUND, BAD_INPUT naming valid resources */
export async function confirmIncident(store: IncidentStore, id: string, word: Word, now: number): Promise<ConfirmedIncident> {
	const report = await store.report(await resolveId(store, id));
	return store.confirmations.confirm(report, "cause" in word ? word.cause : null, now);
}

/** Takes back what was said. @throws NOT_FOUND where nothing was */
export async function forgetConfirmation(store: IncidentStore, id: string): Promise<string> {
	const known = await resolveId(store, id);
	if (!(await store.confirmations.forget(known)))
		throw new AppError("NOT_FOUND", `nothing was confirmed of ${known}`, { hint: "GET /api/v1/incidents lists what was" });
	return known;
}

async function resolveId(store: IncidentStore, id: string): Promise<string> {
	if (id !== "latest") return id;
	const [newest] = await store.list(1);
	if (newest === undefined) throw new AppError("NOT_FOUND", "no incident is kept yet", { hint: "run `faultline report` first" });
	return newest.id;
}

/** Learning in the background of a server. */
export interface Relearning {
	/** Learns anew soon; requests that come meanwhile are one. */
	request(): void;
	/** When nothing is left to learn: the last failure, if it failed. */
	settled(): Promise<AppError | undefined>;
}

export function createRelearning(learn: () => Promise<void>): Relearning {
	let running: Promise<void> | undefined;
	let again = false;
	let failure: AppError | undefined;
	const run = async (): Promise<void> => {
		do {
			again = false;
			failure = undefined;
			await learn().catch((thrown: unknown) => {
				failure = toAppError(thrown);
			});
		} while (again);
		running = undefined;
	};
	return {
		request() {
			again = true;
			running ??= run();
		},
		async settled() {
			await running;
			return failure;
		},
	};
}
