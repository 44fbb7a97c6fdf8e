import { type AppError, toAppError } from "@faultline/contracts";
import { httpStatusOf } from "@faultline/platform";
import type { KubeClient } from "./client.ts";
import { nanos } from "./instant.ts";
import type { Pod } from "./wire.ts";

/** Bytes read of one container's log at first, and where a single line is longer than that. */
const FIRST_BYTES = 1024 * 1024;
const MOST_BYTES = 16 * 1024 * 1024;
/** Characters kept of one line. */
const LINE_LIMIT = 64 * 1024;

export interface LogLine {
	/** Nine digits, UTC: comparable as text. */
	time: string;
	text: string;
	pod: Pod;
	container: string;
	/** How many lines of the same container and time came before it. */
	ordinal: number;
}

export interface StreamRead {
	lines: LogLine[];
	/** Lines later than this are not known yet; undefined where the stream was read to its end. */
	horizon?: string;
	/** Why nothing of it, or not all, could be read. */
	skipped?: string;
	error?: AppError;
}

export interface StreamRequest {
	client: KubeClient;
	pod: Pod;
	container: string;
	/** Whether the container restarted: its previous run is read too. */
	restarted: boolean;
	sinceTime: string;
	signal: AbortSignal;
}

/** A container's log from a time on, its previous run's lines before the present one's. A failure is told, not thrown. */
export async function readStream(request: StreamRequest): Promise<StreamRead> {
	const { pod, container, restarted } = request;
	const where = `pod ${pod.metadata.namespace}/${pod.metadata.name}, container ${container}`;
	try {
		const runs = await Promise.all([restarted ? readRun(request, true) : undefined, readRun(request, false)]);
		const lines = numbered(
			dedupe(
				runs.flatMap((run) => run?.lines ?? []),
				restarted,
			),
		);
		const horizons = runs.flatMap((run) => (run?.horizon === undefined ? [] : [run.horizon])).sort();
		const tooLong = runs.some((run) => run?.tooLong);
		return {
			lines,
			...(horizons[0] === undefined ? {} : { horizon: horizons[0] }),
			...(tooLong ? { skipped: `${where}: a line is longer than ${MOST_BYTES >> 20} MiB; what follows it was not read` } : {}),
		};
	} catch (thrown) {
		if (request.signal.aborted) throw thrown;
		const error = toAppError(thrown);
		const status = httpStatusOf(error);
		const waiting =
			status === 400 ? ": the container has not started" : status === 404 ? ": the pod is gone" : `: ${error.code}, ${error.message}`;
		return { lines: [], skipped: `${where}${waiting}`, error };
	}
}

type Run = { lines: LogLine[]; horizon?: string; tooLong?: boolean };

async function readRun(request: StreamRequest, previous: boolean): Promise<Run | undefined> {
	const { client, pod, container, sinceTime, signal } = request;
	const ask = async (limitBytes: number) =>
		await client.logs({
			namespace: pod.metadata.namespace ?? "default",
			pod: pod.metadata.name,
			container,
			previous,
			sinceTime,
			limitBytes,
			signal,
		});
	try {
		let bytes = FIRST_BYTES;
		let reply = await ask(bytes);
		let lines = parse(reply.text, reply.cut, request);
		// everything known lies at the very time we start from: without more there is no way forward
		while (reply.cut && bytes < MOST_BYTES && lines.every((l) => l.time <= sinceTime)) {
			bytes = Math.min(MOST_BYTES, bytes * 4);
			reply = await ask(bytes);
			lines = parse(reply.text, reply.cut, request);
		}
		const last = lines.at(-1);
		if (!reply.cut) return { lines };
		return last === undefined || last.time <= sinceTime ? { lines, tooLong: true } : { lines, horizon: last.time };
	} catch (error) {
		// the previous run's log may be gone already: the present one's is what counts
		if (previous && [400, 404, 500].includes(httpStatusOf(error) ?? 0)) return undefined;
		throw error;
	}
}

/** Lines with their timestamps; a last line that was cut is left out, and so is what has no timestamp. */
function parse(text: string, cut: boolean, { pod, container, sinceTime }: StreamRequest): LogLine[] {
	const rows = text.split("\n");
	const rest = rows.pop();
	if (rest && !cut) rows.push(rest);
	const lines: LogLine[] = [];
	for (const row of rows) {
		const space = row.indexOf(" ");
		const time = space > 0 && space <= 40 ? nanos(row.slice(0, space)) : undefined;
		if (time === undefined || time < sinceTime) continue;
		const whole = row.slice(space + 1).replace(/\r$/, "");
		lines.push({
			time,
			text: whole.length > LINE_LIMIT ? `${whole.slice(0, LINE_LIMIT)}... [${whole.length - LINE_LIMIT} characters cut]` : whole,
			pod,
			container,
			ordinal: 0,
		});
	}
	return lines;
}

/** A container that waits to be restarted gives the same lines as its previous and its present run. */
function dedupe(lines: LogLine[], restarted: boolean): LogLine[] {
	if (!restarted) return lines;
	const half = lines.length / 2;
	const same =
		Number.isInteger(half) &&
		half > 0 &&
		lines.slice(0, half).every((l, i) => l.time === lines[half + i]?.time && l.text === lines[half + i]?.text);
	if (same) return lines.slice(0, half);
	return lines.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

function numbered(lines: LogLine[]): LogLine[] {
	let ordinal = 0;
	return lines.map((line, i) => {
		ordinal = i > 0 && lines[i - 1]?.time === line.time ? ordinal + 1 : 0;
		return { ...line, ordinal };
	});
}
